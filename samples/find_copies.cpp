// Makes the files before `--` known and looks up those after it:
//
//     find_copies FOLDER KNOWN... -- QUERY...
//
// FOLDER is the corpus. Exit code 0: every query matched; 1: one did not; 2: something failed.

#include <iostream>
#include <optional>
#include <string_view>

#include "refrain/refrain.h"

namespace {

std::optional<refrain::Fingerprint> fingerprint(const char* path,
                                                const refrain::FingerprintOptions& options) {
    auto run = refrain::Fingerprinter(options).fingerprint_file(path);
    if (!run) {
        std::cerr << path << ": " << run.error().message << '\n';
        return std::nullopt;
    }
    return std::move(run->fingerprint);
}

bool make_known(refrain::Corpus& corpus, const char* path) {
    auto known = fingerprint(path, {});
    if (!known) {
        return false;
    }
    refrain::NewItem item;
    item.fingerprint = std::move(*known);
    item.name = path;
    return corpus.add({&item, 1}).ok();
}

}  // namespace

int main(int argc, char** argv) {
    auto corpus = refrain::Corpus::open(argc > 1 ? argv[1] : "", refrain::CorpusMode::kCreate);
    bool is_query = false;
    bool all_matched = true;
    for (int i = 2; corpus && i < argc; ++i) {
        if (std::string_view(argv[i]) == "--") {
            is_query = true;
        } else if (!is_query && !make_known(*corpus, argv[i])) {
            return 2;
        } else if (is_query) {
            const auto query = fingerprint(argv[i], refrain::FingerprintOptions().for_query());
            const auto answer = query ? corpus->find(*query) : refrain::Error{};
            if (!answer) {
                return 2;
            }
            all_matched = all_matched && !answer->matches.empty();
            std::cout << argv[i] << ": "
                      << (answer->matches.empty() ? "no match" : answer->matches[0].name) << '\n';
        }
    }
    return corpus ? (all_matched ? 0 : 1) : 2;
}
