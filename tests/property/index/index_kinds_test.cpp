// Every kind of index that can be chosen by name, through the same changes: exact ones agree with
// the plain loop, approximate ones find part of it and nothing else.

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "index/index_choice.h"
#include "support/random_hash.h"

namespace refrain::index {
namespace {

using refrain::test::random_hash;
using refrain::test::with_flipped_bits;

constexpr int kRadius = 31;

/// Codes in clusters, as videos make them, and changes that fill several segments and the tail.
class Story {
  public:
    explicit Story(std::uint64_t seed) : random_(seed) {
        for (int i = 0; i < 40; ++i) {
            centres_.push_back(random_hash(random_));
        }
    }

    void add(std::vector<HashIndex*> indexes, std::size_t count) {
        std::vector<Hash256> codes;
        std::vector<CodeId> ids;
        for (std::size_t i = 0; i < count; ++i) {
            codes.push_back(i % 4 == 0 ? near_centre(60) : random_hash(random_));
            ids.push_back(next_++ / 3);  // three codes share an id
        }
        const bool is_bulk = random_() % 2 == 0;
        for (HashIndex* index : indexes) {
            ASSERT_TRUE((is_bulk ? index->add_bulk(codes, ids) : index->add(codes, ids)).ok());
        }
    }

    void remove(std::vector<HashIndex*> indexes, CodeId count) {
        const auto first = static_cast<CodeId>(random_() % static_cast<std::uint64_t>(next_ / 3));
        std::vector<std::size_t> removed;
        for (HashIndex* index : indexes) {
            const Result<std::size_t> went = index->remove_between(first, first + count - 1);
            ASSERT_TRUE(went.ok());
            removed.push_back(*went);
        }
        EXPECT_EQ(std::count(removed.begin(), removed.end(), removed.front()), std::ssize(removed));
    }

    /// Near what is known, for the most part.
    std::vector<Hash256> queries(int count) {
        std::vector<Hash256> made;
        for (int i = 0; i < count; ++i) {
            made.push_back(i % 5 == 0 ? random_hash(random_) : near_centre(45));
        }
        return made;
    }

  private:
    Hash256 near_centre(int bits) {
        return with_flipped_bits(centres_[random_() % centres_.size()],
                                 static_cast<int>(random_() % static_cast<std::uint64_t>(bits)),
                                 random_);
    }

    std::mt19937_64 random_;
    std::vector<Hash256> centres_;
    CodeId next_ = 0;
};

class IndexKinds : public testing::TestWithParam<const char*> {
  protected:
    static IndexChoice choice() { return IndexChoice::parse(GetParam()).value(); }
};

/// @param check  gets what was found and what the plain loop finds, both in order
template <typename Check>
void run_story(const IndexChoice& choice, int threads, const Check& check) {
    const std::unique_ptr<HashIndex> index = choice.make(threads);
    const std::unique_ptr<HashIndex> plain = make_plain_index();
    const std::vector<HashIndex*> both{index.get(), plain.get()};
    Story story(static_cast<std::uint64_t>(threads));
    for (const std::size_t count : {100U, 9000U, 300U, 6000U, 40U}) {
        ASSERT_NO_FATAL_FAILURE(story.add(both, count));
        ASSERT_NO_FATAL_FAILURE(story.remove(both, 20));
        const std::vector<Hash256> queries = story.queries(60);
        for (const int radius : {kRadius, 7, 0}) {
            const auto found = index->range_search(queries, radius);
            const auto expected = plain->range_search(queries, radius);
            ASSERT_TRUE(found.ok()) << found.error().message;
            ASSERT_NO_FATAL_FAILURE(check(*found, *expected));
        }
        ASSERT_EQ(index->size(), plain->size());
    }
    // More than half goes: segments are made anew.
    ASSERT_NO_FATAL_FAILURE(story.remove(both, 4000));
    ASSERT_TRUE(index->finish_merges().ok());
    EXPECT_EQ(index->shape().codes, plain->size());
    const std::vector<Hash256> queries = story.queries(60);
    check(*index->range_search(queries, kRadius), *plain->range_search(queries, kRadius));
}

using ExactKinds = IndexKinds;

TEST_P(ExactKinds, AgreeWithThePlainLoopThroughChanges) {
    EXPECT_TRUE(choice().is_exact(kRadius));
    for (const int threads : {1, 2}) {
        std::size_t hits = 0;
        run_story(choice(), threads, [&](const auto& found, const auto& expected) {
            hits += expected.size();
            ASSERT_EQ(found, expected);
        });
        EXPECT_GT(hits, 1000U);
    }
}

INSTANTIATE_TEST_SUITE_P(ByName,
                         ExactKinds,
                         testing::Values("live",
                                         "flat",
                                         "faiss:BFlat",
                                         "faiss:BIVF4,nprobe=4",
                                         "faiss:BHash16x16,nflip=1"));

using ApproximateKinds = IndexKinds;

TEST_P(ApproximateKinds, FindPartOfWhatThePlainLoopFindsAndNothingElse) {
    EXPECT_FALSE(choice().is_exact(kRadius));
    std::size_t hits = 0;
    std::size_t of = 0;
    run_story(choice(), 2, [&](const auto& found, const auto& expected) {
        ASSERT_TRUE(std::includes(expected.begin(), expected.end(), found.begin(), found.end()));
        hits += found.size();
        of += expected.size();
    });
    EXPECT_GT(hits, of / 20);
    EXPECT_LT(hits, of) << "it is exact here: this shows nothing";
}

INSTANTIATE_TEST_SUITE_P(ByName,
                         ApproximateKinds,
                         testing::Values("faiss:BIVF16", "faiss:BHash16", "faiss:BHash4x24"));

TEST(IndexChoice, RefusesWhatIsNoIndexOrCannotSearchARange) {
    for (const char* name : {"",
                             "Live",
                             "faiss",
                             "faiss:",
                             "faiss:BHNSW32",
                             "faiss:Flat",
                             "faiss:IVF16,Flat",
                             "faiss:BIVF0",
                             "faiss:BIVF-4",
                             "faiss:BIVF1000000",
                             "faiss:BFlat,nprobe=4",
                             "faiss:BIVF16,nflip=1",
                             "faiss:BIVF16,nprobe=0",
                             "faiss:BIVF16,nprobe=x",
                             "faiss:BIVF16,",
                             "faiss:BFlat\n",
                             "faiss:BHash0",
                             "faiss:BHash65",
                             "faiss:BHash300x8",
                             "faiss:BHash16,nflip=5"}) {
        const Result<IndexChoice> choice = IndexChoice::parse(name);
        ASSERT_FALSE(choice.ok()) << name;
        EXPECT_EQ(choice.error().code, ErrorCode::kInvalidArgument);
    }
}

TEST(IndexChoice, KeepsCodesOnceWhereTheIndexGivesThemBack) {
    constexpr std::size_t kCodes = 20'000;
    std::mt19937_64 random(1);
    std::vector<Hash256> codes;
    for (std::size_t i = 0; i < kCodes; ++i) {
        codes.push_back(random_hash(random));
    }
    for (const char* name : {"flat", "faiss:BFlat"}) {
        const std::unique_ptr<HashIndex> index = IndexChoice::parse(name)->make(1);
        ASSERT_TRUE(index->add_bulk(codes, std::vector<CodeId>(kCodes)).ok());
        EXPECT_LE(index->memory_bytes(), kCodes * 45) << name;
        EXPECT_GE(index->memory_bytes(), kCodes * 40) << name;
    }
}

TEST(IndexChoice, KnowsItsName) {
    EXPECT_EQ(IndexChoice().name(), "live");
    EXPECT_EQ(IndexChoice::parse("faiss:BIVF16,nprobe=3")->name(), "faiss:BIVF16,nprobe=3");
    EXPECT_TRUE(IndexChoice::parse("live")->is_live());
    EXPECT_FALSE(IndexChoice::parse("flat")->is_live());
}

}  // namespace
}  // namespace refrain::index
