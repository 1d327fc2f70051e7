#include "index/live_index.h"

#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::index {
namespace {

using refrain::test::random_hash;
using refrain::test::with_flipped_bits;

std::vector<CodeId> ids_from(CodeId first, std::size_t count) {
    std::vector<CodeId> ids(count);
    std::iota(ids.begin(), ids.end(), first);
    return ids;
}

std::vector<Hash256> random_codes(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Hash256> codes(count);
    for (Hash256& code : codes) {
        code = random_hash(random);
    }
    return codes;
}

TEST(LiveIndex, KeepsFewSegmentsHoweverSmallTheBatches) {
    LiveOptions options;
    options.tail_codes = 8;
    LiveIndex index(options);
    for (CodeId i = 0; i < 3000; ++i) {
        ASSERT_TRUE(index.add(random_codes(1, static_cast<std::uint64_t>(i)), ids_from(i, 1)).ok());
    }
    const IndexShape shape = index.shape();
    EXPECT_EQ(shape.codes, 3000U);
    EXPECT_EQ(shape.generation, 3000U);
    EXPECT_GE(shape.segments, 1U);
    // Each is at least three times what follows it, and the last one holds eight codes or more.
    EXPECT_LE(shape.segments, 6U);
    EXPECT_LE(shape.tail, 8U);
}

TEST(LiveIndex, FindsACodeAtOnceAndNoMoreOnceRemoved) {
    LiveOptions options;
    options.tail_codes = 2;
    LiveIndex index(options);
    const std::vector<Hash256> codes = random_codes(20, 1);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        const std::vector<Hash256> one{codes[i]};
        const std::vector<CodeId> id{static_cast<CodeId>(i)};
        ASSERT_TRUE(index.add(one, id).ok());
        ASSERT_EQ(index.range_search(one, 31)->size(), 1U);
        if (i % 3 == 0) {
            EXPECT_EQ(*index.remove(id), 1U);
            EXPECT_EQ(*index.remove(id), 0U);
            EXPECT_TRUE(index.range_search(one, 31)->empty());
        }
    }
    EXPECT_EQ(index.size(), 13U);
}

TEST(LiveIndex, FindsEachOfManyEqualCodesOnceThroughItsTables) {
    // More equal ones than the search remembers between two tables, and so many others that it
    // looks into the tables at all.
    constexpr std::size_t kEqual = 6000;
    constexpr std::size_t kOthers = 200'000;
    std::vector<Hash256> codes = random_codes(kOthers, 1);
    codes.resize(kOthers + kEqual, random_codes(1, 2).front());
    LiveOptions options;
    options.table_codes = 1;
    LiveIndex index(options);
    ASSERT_TRUE(index.add(codes, ids_from(0, codes.size())).ok());
    const auto hits = index.range_search(std::vector{codes.back()}, 31);
    ASSERT_TRUE(hits);
    EXPECT_EQ(hits->size(), kEqual);
}

TEST(LiveIndex, DropsTombstonesWhenTheyAreMost) {
    LiveOptions options;
    options.tail_codes = 10;
    LiveIndex index(options);
    ASSERT_TRUE(index.add(random_codes(1000, 1), ids_from(0, 1000)).ok());
    EXPECT_EQ(*index.remove(ids_from(0, 400)), 400U);
    EXPECT_EQ(index.shape().tombstones, 400U);
    EXPECT_EQ(*index.remove(ids_from(300, 300)), 200U);
    EXPECT_EQ(index.shape().tombstones, 0U);
    EXPECT_EQ(index.size(), 400U);
    EXPECT_EQ(*index.remove(ids_from(0, 1000)), 400U);
    EXPECT_EQ(index.shape().segments, 0U);
    EXPECT_TRUE(index.range_search(random_codes(1000, 1), 31)->empty());
}

TEST(LiveIndex, TakesEveryIdThatFits) {
    constexpr CodeId kLeast = std::numeric_limits<CodeId>::min();
    constexpr CodeId kMost = std::numeric_limits<CodeId>::max();
    LiveOptions options;
    options.tail_codes = 1;
    LiveIndex index(options);
    ASSERT_TRUE(index.add(std::vector<Hash256>(4), std::vector<CodeId>{kMost, kLeast, 0, -1}).ok());
    const std::vector<Hit> expected{{0, kLeast, 0}, {0, -1, 0}, {0, 0, 0}, {0, kMost, 0}};
    EXPECT_EQ(*index.range_search(std::vector<Hash256>(1), 0), expected);
    EXPECT_EQ(*index.remove(std::vector<CodeId>{kLeast, kMost}), 2U);
    EXPECT_EQ(index.range_search(std::vector<Hash256>(1), 256)->size(), 2U);
}

TEST(LiveIndex, FindsEachOfManyEqualCodesOnce) {
    constexpr std::size_t kCodes = 20'000;
    LiveIndex index(LiveOptions{});
    ASSERT_TRUE(index.add(std::vector<Hash256>(kCodes), ids_from(0, kCodes)).ok());
    std::mt19937_64 random(1);
    for (const int distance : {0, 31}) {
        const std::vector<Hash256> query{with_flipped_bits({}, distance, random)};
        const auto hits = index.range_search(query, 31);
        ASSERT_EQ(hits->size(), kCodes);
        for (std::size_t i = 0; i < kCodes; ++i) {
            ASSERT_EQ((*hits)[i].id, static_cast<CodeId>(i));
            ASSERT_EQ((*hits)[i].distance, distance);
        }
    }
    EXPECT_TRUE(index.range_search(std::vector{with_flipped_bits({}, 32, random)}, 31)->empty());
}

TEST(LiveIndex, FindsEachOfManyCodesOneBitApart) {
    constexpr std::size_t kCodes = 20'000;
    std::vector<Hash256> codes;
    Hash256 code;
    for (std::size_t i = 0; i < kCodes; ++i) {
        code.words[i / 64 % 4] ^= std::uint64_t{1} << (i % 64);
        codes.push_back(code);
    }
    LiveIndex index(LiveOptions{});
    ASSERT_TRUE(index.add(codes, ids_from(0, kCodes)).ok());
    // The walk sets all bits one by one, then clears them: distance k at k and at 512 - k.
    const auto hits = index.range_search(std::vector{codes[0]}, 31);
    std::size_t expected = 0;
    for (const Hash256& other : codes) {
        expected += hamming_distance(other, codes[0]) <= 31 ? 1U : 0U;
    }
    EXPECT_GT(expected, kCodes / 10);
    EXPECT_EQ(hits->size(), expected);
}

TEST(LiveIndex, RefusesARadiusThatIsNone) {
    const LiveIndex index(LiveOptions{});
    EXPECT_EQ(index.range_search({}, -1).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(index.range_search({}, 257).error().code, ErrorCode::kInvalidArgument);
}

TEST(LiveIndex, TakesAtMostAHundredBytesACode) {
    for (const std::size_t codes : {20'000U, 40'000U, 100'000U, 300'000U}) {
        LiveIndex index(LiveOptions{});
        ASSERT_TRUE(index.add(random_codes(codes, 1), ids_from(0, codes)).ok());
        EXPECT_LE(index.memory_bytes(), codes * 100);
        EXPECT_GE(index.memory_bytes(), codes * 40);
    }
}

TEST(LiveIndex, RemovesWhatLiesBetweenTwoIds) {
    LiveOptions options;
    options.tail_codes = 100;
    options.table_codes = 1;
    LiveIndex index(options);
    const std::vector<Hash256> codes = random_codes(750, 3);
    // Two segments, and the rest in the tail.
    for (const auto& [first, count] : {std::pair{0, 500}, {500, 200}, {700, 50}}) {
        const auto at = static_cast<std::size_t>(first);
        const auto size = static_cast<std::size_t>(count);
        ASSERT_TRUE(index.add(std::span(codes).subspan(at, size), ids_from(first, size)).ok());
    }
    EXPECT_EQ(*index.remove_between(450, 719), 270U);
    EXPECT_EQ(*index.remove_between(450, 719), 0U);
    EXPECT_EQ(index.size(), 480U);
    EXPECT_EQ(index.range_search(std::span(codes).first(450), 0)->size(), 450U);
    EXPECT_TRUE(index.range_search(std::span(codes).subspan(450, 270), 31)->empty());
    EXPECT_EQ(index.range_search(std::span(codes).subspan(720), 0)->size(), 30U);
    EXPECT_EQ(*index.remove_between(std::numeric_limits<CodeId>::min(),
                                    std::numeric_limits<CodeId>::max()),
              480U);
}

TEST(LiveIndex, KeepsSegmentsOfABulkAsTheyCome) {
    LiveIndex index(LiveOptions{});
    for (CodeId i = 0; i < 3; ++i) {
        ASSERT_TRUE(
            index.add_bulk(random_codes(100, static_cast<std::uint64_t>(i)), ids_from(100 * i, 100))
                .ok());
    }
    EXPECT_EQ(index.shape().segments, 3U);
    EXPECT_EQ(index.range_search(random_codes(100, 2), 0)->size(), 100U);
    EXPECT_EQ(index.add_bulk(random_codes(2, 1), ids_from(0, 1)).error().code,
              ErrorCode::kInvalidArgument);
}

TEST(LiveIndex, MergesInTheBackgroundToTheSameShape) {
    LiveOptions options;
    options.tail_codes = 8;
    options.most_segments = 20;
    options.merging = Merging::kBackground;
    LiveIndex index(options);
    for (CodeId i = 0; i < 3000; ++i) {
        ASSERT_TRUE(index.add(random_codes(1, static_cast<std::uint64_t>(i)), ids_from(i, 1)).ok());
        ASSERT_LE(index.shape().segments, 20U);
    }
    EXPECT_EQ(*index.remove_between(0, 1000), 1001U);
    ASSERT_TRUE(index.finish_merges().ok());
    const IndexShape shape = index.shape();
    EXPECT_EQ(shape.generation, 3001U);
    EXPECT_EQ(shape.codes, 1999U);
    EXPECT_LE(shape.segments, 7U);
    EXPECT_EQ(shape.failed_merges, 0U);
}

}  // namespace
}  // namespace refrain::index
