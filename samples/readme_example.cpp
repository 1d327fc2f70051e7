#include <iostream>

#include "refrain/refrain.h"

int main(int, char** argv) {  // a corpus folder, and a file to look up in it
    const refrain::Fingerprinter asking(refrain::FingerprintOptions().for_query());
    const auto run = asking.fingerprint_file(argv[2]);
    const auto corpus = refrain::Corpus::open(argv[1], refrain::CorpusMode::kReadOnly);
    if (!run || !corpus) {
        return 1;
    }
    const auto answer = corpus->find(run->fingerprint);
    for (const auto& match : answer ? answer->matches : std::vector<refrain::Match>()) {
        std::cout << match.name << " score " << match.score << '\n';
    }
}
