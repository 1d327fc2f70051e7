// The codes that Meta's program made of its own test pictures, as a hash list: each picture that
// can be decoded finds its line.
#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/bundle.h"
#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"

#include "support/csv.h"
#include "support/shared_data.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

constexpr const char* kVectors = "data/vectors/pdq_reference_vectors.csv";
/// Below this the reference's own hash changes with every rounding.
constexpr int kMinQuality = 50;

TEST(ReferenceList, EachPictureFindsItsLine) {
    REFRAIN_REQUIRE_SHARED(kVectors);
    const test::TempFolder folder;
    Corpus corpus = Corpus::open(folder / "corpus", CorpusMode::kCreate).value();
    const auto rows = test::read_csv(test::shared_dir() / kVectors);
    for (const auto& row : rows) {
        const auto code = hash256_from_hex(row.at("hash"));
        if (!code) {
            continue;  // the reference could not read it
        }
        FeedEntry entry;
        entry.kind = SignalKind::kPdq;
        entry.pdq = *code;
        const NewItem item = hash_only_item(entry).value();
        ASSERT_TRUE(corpus.add(std::span(&item, 1)).ok());
    }
    FingerprintOptions options = FingerprintOptions().for_query();
    options.exact_codes = true;
    int decoded = 0;
    std::vector<std::string> missed;
    for (const auto& row : rows) {
        const auto code = hash256_from_hex(row.at("hash"));
        const auto run = Fingerprinter(options).fingerprint_file(test::shared_dir() / "data/pdq" /
                                                                 row.at("path"));
        if (!code || !run || std::stoi(row.at("quality")) < kMinQuality) {
            continue;
        }
        ++decoded;
        FindOptions all;
        all.max_matches = 1000;
        const FindAnswer answer = corpus.find(run->fingerprint, all).value();
        const std::string name = to_hex(*code).substr(0, 16);
        const bool is_found = std::any_of(answer.matches.begin(), answer.matches.end(),
                                          [&](const Match& match) { return match.name == name; });
        if (!is_found) {
            missed.push_back(row.at("path"));
        }
    }
    std::printf("decoded %d of %zu, found their line: %zu\n", decoded, rows.size(),
                static_cast<std::size_t>(decoded) - missed.size());
    EXPECT_GT(decoded, 35);
    EXPECT_EQ(missed, std::vector<std::string>());
}

}  // namespace
}  // namespace refrain
