#include <limits>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "index/hash_index.h"
#include "property/index/twins.h"
#include "support/random_hash.h"

namespace refrain::index {
namespace {

class IndexTwins : public testing::TestWithParam<int> {};

TEST_P(IndexTwins, AgreeAfterRandomAddsAndRemoves) {
    std::mt19937_64 random(static_cast<std::uint64_t>(GetParam()));
    const int threads = 1 + GetParam() % 2;
    test::Twins twins(GetParam() % 4 < 2 ? make_faiss_index(threads) : make_flat_index(threads));
    std::vector<Hash256> centres;
    for (int i = 0; i < 20; ++i) {
        centres.push_back(refrain::test::random_hash(random));
    }
    CodeId next_id = 0;
    for (int round = 0; round < 12; ++round) {
        std::vector<Hash256> codes;
        std::vector<CodeId> ids;
        for (std::size_t i = 0; i < 1 + random() % 60; ++i) {
            const Hash256& centre = centres[random() % centres.size()];
            codes.push_back(
                refrain::test::with_flipped_bits(centre, static_cast<int>(random() % 80), random));
            // Now and then two codes share an id.
            ids.push_back(random() % 8 == 0 ? next_id : ++next_id);
        }
        twins.add(codes, ids);
        std::vector<CodeId> doomed;
        for (std::size_t i = 0; i < random() % 20; ++i) {
            doomed.push_back(
                static_cast<CodeId>(random() % static_cast<std::uint64_t>(next_id + 5)));
        }
        twins.remove(doomed);
        twins.remove_between(next_id / 2, next_id / 2 + static_cast<CodeId>(random() % 9));
        for (const int radius : {0, 1, 31, 64, 256}) {
            twins.expect_same({centres[0], centres[5], codes[0]}, radius);
        }
        ASSERT_EQ(twins.fast->size(), twins.plain->size());
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, IndexTwins, testing::Range(1, 9));

enum class Kind { kPlain, kFaiss, kFlat, kLive };

std::unique_ptr<HashIndex> make_index(Kind kind) {
    switch (kind) {
        case Kind::kPlain:
            return make_plain_index();
        case Kind::kFaiss:
            return make_faiss_index(1);
        case Kind::kFlat:
            return make_flat_index(1);
        case Kind::kLive:
            break;
    }
    return make_live_index(1);
}

class EveryIndex : public testing::TestWithParam<Kind> {
  protected:
    std::unique_ptr<HashIndex> index_ = make_index(GetParam());
};

TEST_P(EveryIndex, TakeTheRadiusAsInclusive) {
    std::mt19937_64 random(3);
    const Hash256 code = refrain::test::random_hash(random);
    ASSERT_TRUE(index_->add(std::vector{code}, std::vector<CodeId>{7}).ok());
    const std::vector<Hash256> query{refrain::test::with_flipped_bits(code, 31, random)};
    EXPECT_EQ(index_->range_search(query, 31)->size(), 1U);
    EXPECT_EQ(index_->range_search(query, 30)->size(), 0U);
}

TEST_P(EveryIndex, RefuseARadiusThatIsNone) {
    EXPECT_EQ(index_->range_search({}, -1).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(index_->range_search({}, 257).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(EveryIndex, RefuseCodesWithoutIds) {
    EXPECT_EQ(index_->add(std::vector{Hash256{}}, {}).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(EveryIndex, AnswerWhenEmpty) {
    EXPECT_TRUE(index_->range_search(std::vector{Hash256{}}, 256)->empty());
    EXPECT_EQ(*index_->remove(std::vector<CodeId>{1}), 0U);
}

TEST_P(EveryIndex, FindEveryOneOfManyEqualCodes) {
    std::vector<Hash256> codes(500);
    std::vector<CodeId> ids(500);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        ids[i] = static_cast<CodeId>(i);
    }
    ASSERT_TRUE(index_->add(codes, ids).ok());
    EXPECT_EQ(index_->range_search(std::vector{Hash256{}}, 0)->size(), 500U);
}

TEST_P(EveryIndex, FindEveryOneOfManyCodesOneBitApart) {
    // A walk that turns one bit a step, through all of them: step k is k bits from the first.
    std::vector<Hash256> codes(257);
    std::vector<CodeId> ids(codes.size());
    for (std::size_t k = 1; k < codes.size(); ++k) {
        codes[k] = codes[k - 1];
        codes[k].words[(k - 1) / 64] ^= std::uint64_t{1} << ((k - 1) % 64);
        ids[k] = static_cast<CodeId>(k);
    }
    ASSERT_TRUE(index_->add(codes, ids).ok());
    for (const int radius : {0, 1, 31, 32, 255, 256}) {
        const auto hits = index_->range_search(std::span(codes).first(1), radius);
        ASSERT_TRUE(hits.ok());
        ASSERT_EQ(hits->size(), static_cast<std::size_t>(radius) + 1);
        EXPECT_EQ(hits->back().id, radius);
        EXPECT_EQ(hits->back().distance, radius);
    }
}

TEST_P(EveryIndex, TakeIdsAtTheLimits) {
    constexpr CodeId kLeast = std::numeric_limits<CodeId>::min();
    constexpr CodeId kMost = std::numeric_limits<CodeId>::max();
    const std::vector<CodeId> ids{kMost, kLeast, 0, -1};
    ASSERT_TRUE(index_->add(std::vector<Hash256>(ids.size()), ids).ok());
    const std::vector<Hit> all{{0, kLeast, 0}, {0, -1, 0}, {0, 0, 0}, {0, kMost, 0}};
    EXPECT_EQ(*index_->range_search(std::vector<Hash256>(1), 0), all);
    EXPECT_EQ(*index_->remove(std::vector{kLeast}), 1U);
    EXPECT_EQ(*index_->remove_between(0, kMost), 2U);
    EXPECT_EQ(*index_->range_search(std::vector<Hash256>(1), 256), (std::vector<Hit>{{0, -1, 0}}));
    EXPECT_EQ(*index_->remove_between(kLeast, kMost), 1U);
    EXPECT_EQ(index_->size(), 0U);
}

TEST_P(EveryIndex, ShowReadersAllOrNothingOfABatch) {
    constexpr std::size_t kBatch = 64;
    const std::vector<Hash256> codes(kBatch);
    const std::vector<CodeId> ids(kBatch, 9);
    std::jthread writer([&](const std::stop_token& stop) {
        for (int i = 0; i < 200 && !stop.stop_requested(); ++i) {
            EXPECT_TRUE(index_->add(codes, ids).ok());
            EXPECT_EQ(*index_->remove(std::vector<CodeId>{9}), kBatch);
        }
    });
    for (int i = 0; i < 200; ++i) {
        const std::size_t seen = index_->range_search(std::vector{Hash256{}}, 0)->size();
        ASSERT_TRUE(seen == 0 || seen == kBatch) << seen;
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         EveryIndex,
                         testing::Values(Kind::kPlain, Kind::kFaiss, Kind::kFlat, Kind::kLive));

}  // namespace
}  // namespace refrain::index
