#include <iostream>

#include "refrain/refrain.h"

int main(int, char** argv) {  // a corpus folder, and a file to look up in it
    refrain::FingerprintOptions options;
    options.sampling = refrain::Sampling::kQuery;
    options.views = refrain::Views::kDihedral;
    const auto run = refrain::Fingerprinter(options).fingerprint_file(argv[2]);
    const auto corpus = refrain::Corpus::open(argv[1], refrain::CorpusMode::kReadOnly);
    if (!run || !corpus) {
        return 1;
    }
    const auto answer = corpus->find(run->fingerprint);
    for (const auto& match : answer ? answer->matches : std::vector<refrain::Match>()) {
        std::cout << match.name << " score " << match.score << '\n';
    }
}
