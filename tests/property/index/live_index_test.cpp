#include "index/live_index.h"

#include <algorithm>
#include <random>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "property/index/twins.h"
#include "support/random_hash.h"

namespace refrain::index {
namespace {

using refrain::test::random_hash;
using refrain::test::with_flipped_bits;

/// Bounds so small that every few calls make, merge or drop a segment.
LiveOptions small_options(std::mt19937_64& random) {
    LiveOptions options;
    options.threads = 1 + static_cast<int>(random() % 3);
    options.tail_codes = 1 + random() % 40;
    options.merge_ratio = random() % 5;
    options.segment_codes = random() % 3 == 0 ? 1 + random() % 200 : TableSegment::kMaxCodes;
    options.table_codes = 1 + random() % 100;
    options.merging = random() % 2 == 0 ? Merging::kInline : Merging::kBackground;
    return options;
}

/// Scenes: a few codes that drift, now and then a fresh one.
class SceneCodes {
  public:
    explicit SceneCodes(std::mt19937_64& random) : random_(&random), code_(random_hash(random)) {}

    Hash256 next() {
        const auto roll = (*random_)() % 20;
        if (roll == 0) {
            code_ = random_hash(*random_);
            past_.push_back(code_);
        } else if (roll == 1 && !past_.empty()) {
            code_ = past_[(*random_)() % past_.size()];
        } else if (roll < 8) {
            code_ = with_flipped_bits(code_, static_cast<int>((*random_)() % 6), *random_);
        }
        return code_;
    }

  private:
    std::mt19937_64* random_;
    Hash256 code_;
    std::vector<Hash256> past_;
};

class LiveTwins : public testing::TestWithParam<int> {};

TEST_P(LiveTwins, AgreeAfterRandomAddsAndRemoves) {
    std::mt19937_64 random(static_cast<std::uint64_t>(GetParam()));
    test::Twins twins(std::make_unique<LiveIndex>(small_options(random)));
    SceneCodes scenes(random);
    std::vector<Hash256> added;
    CodeId next_id = 0;
    for (int round = 0; round < 60; ++round) {
        std::vector<Hash256> codes;
        std::vector<CodeId> ids;
        // Items come in any order of ids, and now and then two codes share one.
        const CodeId item = static_cast<CodeId>(random() % 50) << 22;
        for (std::size_t i = 0; i < random() % 90; ++i) {
            codes.push_back(scenes.next());
            ids.push_back(item | (random() % 8 == 0 ? next_id : ++next_id));
        }
        twins.add(codes, ids);
        added.insert(added.end(), codes.begin(), codes.end());
        std::vector<CodeId> doomed;
        for (const CodeId id : ids) {
            if (random() % 3 == 0) {
                doomed.push_back(id);
            }
        }
        for (std::size_t i = 0; i < random() % 200; ++i) {
            doomed.push_back(
                static_cast<CodeId>(random() % 50) << 22 |
                static_cast<CodeId>(random() % (2 + static_cast<std::uint64_t>(next_id))));
        }
        twins.remove(doomed);
        if (random() % 4 == 0) {
            const CodeId first = static_cast<CodeId>(random() % 50) << 22;
            twins.remove_between(first, first + static_cast<CodeId>(random() % (5U << 22)));
        }
        std::vector<Hash256> queries{random_hash(random)};
        for (int i = 0; i < 3 && !added.empty(); ++i) {
            queries.push_back(with_flipped_bits(added[random() % added.size()],
                                                static_cast<int>(random() % 40), random));
        }
        twins.expect_same(queries, static_cast<int>(random() % 41));
        ASSERT_EQ(twins.fast->size(), twins.plain->size());
    }
}

TEST_P(LiveTwins, AgreeForEveryRadius) {
    std::mt19937_64 random(100 + static_cast<std::uint64_t>(GetParam()));
    LiveOptions options = small_options(random);
    options.tail_codes = 300;
    options.table_codes = 1;
    test::Twins twins(std::make_unique<LiveIndex>(options));
    std::vector<Hash256> centres;
    for (int i = 0; i < 40; ++i) {
        centres.push_back(random_hash(random));
    }
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;
    for (CodeId i = 0; i < 2000; ++i) {
        codes.push_back(with_flipped_bits(centres[random() % centres.size()],
                                          static_cast<int>(random() % 45), random));
        ids.push_back(i);
    }
    twins.add(codes, ids);
    twins.add(codes, ids);
    for (int radius = 0; radius <= 40; ++radius) {
        twins.expect_same(centres, radius);
    }
    for (const int radius : {64, 128, 256}) {
        twins.expect_same({centres[0], centres[1]}, radius);
    }
}

/// The hardest codes for a ring of lanes: the difference placed on purpose, not spread.
TEST_P(LiveTwins, AgreeWhereDifferencesAreBunched) {
    std::mt19937_64 random(200 + static_cast<std::uint64_t>(GetParam()));
    LiveOptions options;
    options.tail_codes = 1;
    options.table_codes = 1;
    test::Twins twins(std::make_unique<LiveIndex>(options));
    const Hash256 query = random_hash(random);
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;
    for (CodeId i = 0; i < 3000; ++i) {
        // Each stretch one or two bits, or one many; 31 and 32 in all are the edge.
        Hash256 code = query;
        const int wanted = 29 + static_cast<int>(random() % 4);
        const std::size_t lanes = 1 + random() % 16;
        const std::size_t first = random() % 16;
        while (hamming_distance(code, query) < std::min(wanted, static_cast<int>(16 * lanes))) {
            const std::size_t lane = (first + random() % lanes) % 16;
            const std::uint64_t bit = std::uint64_t{1} << (lane % 4 * 16 + random() % 16);
            code.words[lane / 4] = (query.words[lane / 4] & bit) ^ bit
                                       ? code.words[lane / 4] | bit
                                       : code.words[lane / 4] & ~bit;
        }
        codes.push_back(code);
        ids.push_back(i);
    }
    twins.add(codes, ids);
    for (int radius = 0; radius <= 40; ++radius) {
        twins.expect_same({query}, radius);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveTwins, testing::Range(1, 13));

TEST(LiveIndex, AnswersTheSameWithAnyNumberOfThreads) {
    std::mt19937_64 random(5);
    SceneCodes scenes(random);
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;
    for (CodeId i = 0; i < 20'000; ++i) {
        codes.push_back(scenes.next());
        ids.push_back(i);
    }
    const std::vector<Hash256> queries(codes.begin() + 3000, codes.begin() + 3200);
    std::vector<Hit> expected;
    for (const int threads : {1, 2, 5}) {
        const auto index = make_live_index(threads);
        ASSERT_TRUE(index->add(codes, ids).ok());
        const auto hits = index->range_search(queries, 31);
        ASSERT_TRUE(hits.ok());
        if (threads == 1) {
            expected = *hits;
            EXPECT_GE(expected.size(), queries.size());
        }
        EXPECT_EQ(*hits, expected) << threads << " threads";
    }
}

/// Some of the batch meet so many codes that they are scanned for, after the others.
TEST(LiveIndex, AnswersABatchAsItAnswersEachQuery) {
    std::mt19937_64 random(6);
    SceneCodes scenes(random);
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;
    const Hash256 common = random_hash(random);
    for (CodeId i = 0; i < 50'000; ++i) {
        codes.push_back(i % 2 == 0 ? scenes.next() : common);
        ids.push_back(i / 3);
    }
    LiveOptions options;
    options.table_codes = 1000;
    LiveIndex index(options);
    ASSERT_TRUE(index.add(codes, ids).ok());
    for (CodeId id = 0; id < 1000; id += 3) {
        ASSERT_TRUE(index.remove(std::vector{id}).ok());
    }
    std::vector<Hash256> queries;
    for (int i = 0; i < 1300; ++i) {
        const Hash256& near = i % 200 == 7 ? common : codes[random() % (codes.size() / 2) * 2];
        queries.push_back(with_flipped_bits(near, static_cast<int>(random() % 34), random));
    }
    for (const int radius : {31, 12, 0}) {
        const auto together = index.range_search(queries, radius);
        ASSERT_TRUE(together.ok());
        std::vector<Hit> each;
        for (std::uint32_t q = 0; q < queries.size(); ++q) {
            const auto hits = index.range_search(std::span(queries).subspan(q, 1), radius);
            for (const Hit& hit : *hits) {
                each.push_back({q, hit.id, hit.distance});
            }
        }
        ASSERT_GT(each.size(), 0U);
        ASSERT_TRUE(*together == each) << together->size() << " and " << each.size();
    }
}

/// Each item has `kBatch` equal codes, added and removed at once while others are sealed and
/// merged.
TEST(LiveIndex, ShowsReadersAllOrNothingOfABatchWhileItMerges) {
    constexpr CodeId kItems = 12;
    constexpr std::size_t kBatch = 25;
    LiveOptions options;
    options.threads = 2;
    options.tail_codes = 40;
    options.table_codes = 60;
    options.merging = Merging::kBackground;
    LiveIndex index(options);
    std::mt19937_64 random(6);
    std::vector<Hash256> item_codes;
    for (CodeId i = 0; i < kItems; ++i) {
        item_codes.push_back(random_hash(random));
    }
    const auto write = [&](const std::stop_token& stop, CodeId first) {
        while (!stop.stop_requested()) {
            for (CodeId item = first; item < kItems; item += 2) {
                const std::vector<Hash256> codes(kBatch,
                                                 item_codes[static_cast<std::size_t>(item)]);
                EXPECT_TRUE(index.add(codes, std::vector<CodeId>(kBatch, item)).ok());
            }
            for (CodeId item = first; item < kItems; item += 2) {
                EXPECT_EQ(*index.remove(std::vector<CodeId>{item}), kBatch);
            }
        }
    };
    {
        std::jthread even(write, 0);
        std::jthread odd(write, 1);
        std::size_t whole = 0;
        std::size_t absent = 0;
        for (int search = 0; search < 300 || whole == 0 || absent == 0; ++search) {
            const auto hits = index.range_search(item_codes, 31);
            ASSERT_TRUE(hits.ok());
            std::vector<std::size_t> seen(kItems);
            for (const Hit& hit : *hits) {
                ASSERT_EQ(hit.id, static_cast<CodeId>(hit.query));
                ++seen[hit.query];
            }
            for (const std::size_t count : seen) {
                ASSERT_TRUE(count == 0 || count == kBatch) << count;
                whole += count == kBatch ? 1U : 0U;
                absent += count == 0 ? 1U : 0U;
            }
        }
    }
    EXPECT_EQ(index.size(), 0U);
    EXPECT_TRUE(index.range_search(item_codes, 256)->empty());
}

}  // namespace
}  // namespace refrain::index
