// Local codes that are all equal, spread over pictures: 100,000, or with REFRAIN_LONG_RUN a
// million.

#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "index/live_local_index.h"
#include "support/random_hash.h"

namespace refrain::index {
namespace {

TEST(EqualLocalCodes, AreFoundInOrderAndCountedAndForgotten) {
    // Nothing writes the environment. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const bool is_long = std::getenv("REFRAIN_LONG_RUN") != nullptr;
    const PictureKey count = is_long ? 250'000 : 25'000;
    std::mt19937_64 random(11);
    const Hash256 code = test::random_hash(random);
    const std::vector<Hash256> equal(4, code);
    std::vector<LocalPicture> pictures;
    for (PictureKey key = count; key-- > 0;) {
        pictures.push_back({key, equal});
    }
    LiveLocalIndex index({});
    ASSERT_TRUE(index.add_bulk(pictures).ok());
    LocalSearchOptions options;
    options.lists = 8;
    options.max_hits_per_query = 6;
    LocalAnswer answer = index.search(std::span(&code, 1), options).value();
    EXPECT_EQ(answer.found, (std::vector<std::uint32_t>{static_cast<std::uint32_t>(4 * count)}));
    EXPECT_EQ(
        answer.hits,
        (std::vector<LocalHit>{
            {0, 0, 0, 0}, {0, 1, 0, 0}, {0, 2, 0, 0}, {0, 3, 0, 0}, {0, 0, 0, 1}, {0, 1, 0, 1}}));
    EXPECT_EQ(index.remove_between(0, count - 2).value(), 4 * static_cast<std::size_t>(count - 1));
    answer = index.search(std::span(&code, 1), options).value();
    EXPECT_EQ(answer.found, (std::vector<std::uint32_t>{4}));
    ASSERT_EQ(answer.hits.size(), 4U);
    EXPECT_EQ(answer.hits[0].picture, count - 1);
    EXPECT_EQ(index.codes(), 4U);
}

}  // namespace
}  // namespace refrain::index
