// A segment so large that its tables have more buckets than filters have bits for, against the scan
// of all its codes. With REFRAIN_LONG_RUN the largest segment there is, 1.7 GB.

#include <cstdlib>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "index/code_search.h"
#include "index/table_segment.h"
#include "support/random_hash.h"

namespace refrain::index {
namespace {

using refrain::test::random_hash;
using refrain::test::with_flipped_bits;

constexpr std::size_t kQueries = 40;

/// Differences close to each other, as far as they go.
Hash256 with_bunched_flips(Hash256 code, int bits, std::mt19937_64& random) {
    const auto first = static_cast<int>(random() % Hash256::kBits);
    for (int i = 0; i < bits; ++i) {
        const int bit = (first + i) % Hash256::kBits;
        const auto word = static_cast<std::size_t>(bit / 64);
        code.words[word] ^= std::uint64_t{1} << (bit % 64);
    }
    return code;
}

TEST(LargeSegment, FindsWhatTheScanFinds) {
    // Nothing writes the environment. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const bool is_long = std::getenv("REFRAIN_LONG_RUN") != nullptr;
    const std::size_t count = is_long ? TableSegment::kMaxCodes : std::size_t{1} << 21;
    std::mt19937_64 random(11);
    std::vector<Hash256> codes(count);
    for (Hash256& code : codes) {
        code = random_hash(random);
    }
    std::vector<Hash256> queries;
    for (std::size_t i = 0; i < kQueries; ++i) {
        const Hash256& code = codes[random() % count];
        const int bits = 28 + static_cast<int>(random() % 5);
        queries.push_back(i % 2 == 0 ? with_flipped_bits(code, bits, random)
                                     : with_bunched_flips(code, bits, random));
    }
    std::vector<CodeId> ids(count);
    std::iota(ids.begin(), ids.end(), CodeId{0});
    const TableSegment segment({std::move(codes), std::move(ids)}, 1, 2);
    EXPECT_EQ(segment.key_bits(), is_long ? TableSegment::kMaxKeyBits : 17);
    const QueryRange range{queries, 0, queries.size()};
    for (const int radius : {31, 20}) {
        Searcher through_tables(radius, hamming_kernels());
        through_tables.search(segment, nullptr, range);
        const std::vector<Hit> found = through_tables.take_hits();
        Searcher plain(radius, *usable_hamming_kernels().front());
        plain.scan({segment.codes(), segment.ids(), nullptr}, range);
        EXPECT_TRUE(found == plain.take_hits());
        EXPECT_EQ(found.size() > kQueries / 2, radius == 31);
    }
}

}  // namespace
}  // namespace refrain::index
