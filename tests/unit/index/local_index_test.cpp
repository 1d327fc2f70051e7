#include "index/local_index.h"

#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "index/live_local_index.h"
#include "index/local_search.h"
#include "index/local_words.h"
#include "support/random_hash.h"

namespace refrain::index {
namespace {

using refrain::test::random_hash;
using refrain::test::with_flipped_bits;

std::vector<Hash256> random_codes(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Hash256> codes(count);
    for (Hash256& code : codes) {
        code = random_hash(random);
    }
    return codes;
}

class LocalIndexes : public testing::TestWithParam<bool> {
  protected:
    std::unique_ptr<LocalIndex> index_ =
        GetParam() ? make_plain_local_index() : make_local_index(1);
};

TEST_P(LocalIndexes, NamesPicturePointAndDistance) {
    std::mt19937_64 random(1);
    const std::vector<Hash256> codes = random_codes(10, 1);
    ASSERT_TRUE(index_->add(7, codes).ok());
    const std::vector<Hash256> queries{random_codes(1, 2)[0],
                                       with_flipped_bits(codes[4], 12, random)};
    const LocalAnswer answer = index_->search(queries, {}).value();
    EXPECT_EQ(answer.hits, (std::vector<LocalHit>{{1, 4, 12, 7}}));
    EXPECT_EQ(answer.found, (std::vector<std::uint32_t>{0, 1}));
}

TEST_P(LocalIndexes, KeepTheNearestAndCountAll) {
    std::mt19937_64 random(2);
    const Hash256 code = random_hash(random);
    for (PictureKey key = 20; key-- > 0;) {
        const std::vector<Hash256> codes{with_flipped_bits(code, static_cast<int>(key / 2), random),
                                         code};
        ASSERT_TRUE(index_->add(key, codes).ok());
    }
    LocalSearchOptions options;
    options.max_hits_per_query = 3;
    const LocalAnswer answer = index_->search(std::span(&code, 1), options).value();
    EXPECT_EQ(answer.hits, (std::vector<LocalHit>{{0, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 1}}));
    EXPECT_EQ(answer.found, (std::vector<std::uint32_t>{40}));
}

TEST_P(LocalIndexes, ForgetWhatIsRemoved) {
    const std::vector<Hash256> codes = random_codes(8, 3);
    for (PictureKey key = 0; key < 4; ++key) {
        ASSERT_TRUE(
            index_->add(key, std::span(codes).subspan(2 * static_cast<std::size_t>(key), 2)).ok());
    }
    EXPECT_EQ(index_->remove_between(1, 2).value(), 4U);
    EXPECT_EQ(index_->remove_between(1, 2).value(), 0U);
    EXPECT_EQ(index_->remove_between(3, 0).value(), 0U);
    EXPECT_EQ(index_->codes(), 4U);
    EXPECT_EQ(index_->pictures(), 2U);
    EXPECT_EQ(index_->search(codes, {})->found,
              (std::vector<std::uint32_t>{1, 1, 0, 0, 0, 0, 1, 1}));
    ASSERT_TRUE(index_->add(1, std::span(codes).first(1)).ok());
    EXPECT_EQ(index_->search(codes, {})->found[0], 2U);
}

TEST_P(LocalIndexes, RefuseWhatIsOutOfRange) {
    const std::vector<Hash256> many = random_codes(kMaxLocalPoints + 1, 4);
    EXPECT_FALSE(index_->add(0, many).ok());
    EXPECT_FALSE(index_->add(-1, std::span(many).first(1)).ok());
    const std::vector<LocalPicture> pictures{{1, {many[0]}}, {-1, {many[1]}}};
    EXPECT_FALSE(index_->add_bulk(pictures).ok());
    EXPECT_EQ(index_->codes(), 0U);
    EXPECT_TRUE(index_->add(0, std::span(many).first(kMaxLocalPoints)).ok());
    EXPECT_EQ(index_->search(std::span(many).subspan(4095, 1), {})->hits,
              (std::vector<LocalHit>{{0, 4095, 0, 0}}));
    for (const LocalSearchOptions& options :
         std::vector<LocalSearchOptions>{{.max_distance = -1},
                                         {.max_distance = 257},
                                         {.max_hits_per_query = 0},
                                         {.lists = -1},
                                         {.first_by_signature = SignatureStage{-1, 1, 1}},
                                         {.first_by_signature = SignatureStage{65, 1, 1}},
                                         {.first_by_signature = SignatureStage{19, 0, 1}},
                                         {.first_by_signature = SignatureStage{19, 1, 1, 0, -1}},
                                         {.first_by_signature = SignatureStage{19, 1, 1, 0, 9}}}) {
        EXPECT_FALSE(index_->search(many, options).ok());
    }
}

TEST_P(LocalIndexes, WithoutCodesOrQueriesAnswerNothing) {
    EXPECT_TRUE(index_->search({}, {})->found.empty());
    ASSERT_TRUE(index_->add(5, {}).ok());
    ASSERT_TRUE(index_->add_bulk({}).ok());
    EXPECT_EQ(index_->pictures(), 0U);
    EXPECT_EQ(index_->search(random_codes(2, 5), {})->found, (std::vector<std::uint32_t>{0, 0}));
}

INSTANTIATE_TEST_SUITE_P(Twins, LocalIndexes, testing::Bool());

TEST(LiveLocalIndex, KeepsFewSegmentsAndFewBytesHoweverItGrew) {
    LiveLocalIndex index({});
    for (PictureKey key = 0; key < 300; ++key) {
        ASSERT_TRUE(index.add(key, random_codes(100, static_cast<std::uint64_t>(key))).ok());
    }
    EXPECT_LE(index.shape().segments, 9U);
    EXPECT_EQ(index.shape().codes, 30000U);
    EXPECT_LE(index.memory_bytes(), 30000U * 48);
}

TEST(LiveLocalIndex, RewritesASegmentOfWhichHalfIsGone) {
    LiveLocalIndex index({});
    std::vector<LocalPicture> pictures;
    for (PictureKey key = 0; key < 10; ++key) {
        pictures.push_back({key, random_codes(10, static_cast<std::uint64_t>(key))});
    }
    ASSERT_TRUE(index.add_bulk(pictures).ok());
    EXPECT_EQ(index.remove_between(0, 4).value(), 50U);
    EXPECT_EQ(index.shape().tombstones, 50U);
    EXPECT_EQ(index.remove_between(7, 7).value(), 10U);
    EXPECT_EQ(index.shape().tombstones, 0U);
    EXPECT_EQ(index.search(pictures[8].codes, {})->hits.size(), 10U);
    EXPECT_EQ(index.remove_between(0, 9).value(), 40U);
    EXPECT_EQ(index.shape().segments, 0U);
}

TEST(LiveLocalIndex, ACodeOfTenThousandPicturesKeepsTheCapAndTheCount) {
    const std::vector<Hash256> code = random_codes(1, 9);
    std::vector<LocalPicture> pictures;
    for (PictureKey key = 0; key < 10000; ++key) {
        pictures.push_back({9999 - key, code});
    }
    const std::unique_ptr<LocalIndex> index = make_local_index(1);
    ASSERT_TRUE(index->add_bulk(pictures).ok());
    ASSERT_TRUE(index->add_bulk(pictures).ok());
    const LocalAnswer answer = index->search(code, {}).value();
    ASSERT_EQ(answer.hits.size(), 64U);
    EXPECT_EQ(answer.found[0], 20000U);
    EXPECT_EQ(answer.hits[0].picture, 0);
    EXPECT_EQ(answer.hits[63].picture, 31);
}

// More equal signatures than a query keeps while it is searched.
TEST(LiveLocalIndex, EqualSignaturesAreKeptByTheirPictures) {
    const std::vector<Hash256> code = random_codes(1, 11);
    std::vector<LocalPicture> pictures;
    for (PictureKey key = 0; key < 10000; ++key) {
        pictures.push_back({9999 - key, code});
    }
    const std::unique_ptr<LocalIndex> index = make_local_index(1);
    ASSERT_TRUE(index->add_bulk(pictures).ok());
    LocalSearchOptions options;
    options.lists = 1;
    options.first_by_signature = {19, 4, 1};
    EXPECT_EQ(index->search(code, options)->hits,
              (std::vector<LocalHit>{{0, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 2}, {0, 0, 0, 3}}));
    options.first_by_signature->hits_of_picture = 2;
    EXPECT_TRUE(index->search(code, options)->hits.empty());
    const std::vector<Hash256> twice{code[0], code[0]};
    EXPECT_EQ(index->search(twice, options)->hits.size(), 8U);
}

TEST(LiveLocalIndex, BearsASegmentOfOneCode) {
    const std::vector<Hash256> code = random_codes(1, 10);
    LiveLocalIndex index({});
    ASSERT_TRUE(index.add(3, code).ok());
    LocalSearchOptions options;
    options.lists = 8;
    EXPECT_EQ(index.search(code, options)->hits, (std::vector<LocalHit>{{0, 0, 0, 3}}));
    EXPECT_EQ(index.remove_between(3, 3).value(), 1U);
    EXPECT_EQ(index.shape().segments, 0U);
    EXPECT_TRUE(index.search(code, options)->hits.empty());
}

TEST(LocalSearch, LooksThroughFewerListsTheMoreIsKnown) {
    EXPECT_EQ(usual_lists(1000), kLocalWords);
    EXPECT_GT(usual_lists(40000), usual_lists(4000000));
    EXPECT_GE(usual_lists(300000000), 1U);
}

}  // namespace
}  // namespace refrain::index
