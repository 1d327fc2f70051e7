#include "index/interleaved_flat.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexIDMap.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/impl/FaissException.h>
#include <faiss/impl/IDSelector.h>
#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::index {
namespace {

using Label = InterleavedFlat::Label;

const std::uint8_t* bytes_of(const std::vector<Hash256>& codes) {
    return reinterpret_cast<const std::uint8_t*>(codes.data());
}

/// Codes of which many lie near each other, at every distance.
std::vector<Hash256> clustered_codes(std::size_t count, std::mt19937_64& random) {
    const Hash256 centre = test::random_hash(random);
    std::vector<Hash256> codes;
    for (std::size_t i = 0; i < count; ++i) {
        codes.push_back(random() % 3 == 0 ? test::random_hash(random)
                                          : test::with_flipped_bits(
                                                centre, static_cast<int>(random() % 257), random));
    }
    return codes;
}

class FlatKernel : public testing::TestWithParam<const FlatKernels*> {};

TEST_P(FlatKernel, FindsWhatAPlainLoopFinds) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 300; ++round) {
        const std::vector<Hash256> codes = clustered_codes(random() % 90, random);
        std::vector<HalfBlock> front(codes.size() / 8 + 1);
        std::vector<HalfBlock> back(codes.size() / 8 + 1);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            for (std::size_t w = 0; w < 2; ++w) {
                front[i / 8].words[w][i % 8] = codes[i].words[w];
                back[i / 8].words[w][i % 8] = codes[i].words[w + 2];
            }
        }
        std::array<std::vector<Near>, FlatKernels::kQueries> found;
        std::array<std::vector<Near>, FlatKernels::kQueries> expected;
        std::vector<FlatQuery> queries;
        for (std::size_t q = 0; q < 1 + random() % FlatKernels::kQueries; ++q) {
            const Hash256 near = codes.empty() ? Hash256{} : codes[random() % codes.size()];
            const Hash256 code =
                test::with_flipped_bits(near, static_cast<int>(random() % 60), random);
            // Small radii take another way than large ones, and equal ones another than mixed ones.
            const int radius = round % 3 == 0   ? 31
                               : round % 3 == 1 ? static_cast<int>(random() % 46)
                                                : static_cast<int>(random() % 257);
            for (std::size_t i = 0; i < codes.size(); ++i) {
                const int distance = hamming_distance(code, codes[i]);
                if (distance <= radius) {
                    expected[q].push_back({static_cast<std::uint32_t>(100 + i),
                                           static_cast<std::uint16_t>(distance)});
                }
            }
            queries.push_back({code, radius, &found[q]});
        }
        GetParam()->scan({front.data(), back.data(), codes.size(), 100}, queries);
        EXPECT_EQ(found, expected) << "round " << round;
    }
}

/// The sum of four counts of 64 is 256, which no byte holds.
TEST_P(FlatKernel, TellsTheComplementFromTheCodeItself) {
    std::vector<HalfBlock> blocks(1);
    const std::vector<Hash256> asked{Hash256{}, {{~0ULL, ~0ULL, ~0ULL, ~0ULL}}};
    for (const int radius : {0, 44, 45, 255, 256}) {
        for (const Hash256& code : asked) {
            std::vector<Near> found;
            const FlatQuery query{code, radius, &found};
            GetParam()->scan({blocks.data(), blocks.data(), 8, 0}, std::span(&query, 1));
            EXPECT_EQ(found.size(), code == Hash256{} || radius == 256 ? 8U : 0U) << radius;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(InstructionSets,
                         FlatKernel,
                         testing::ValuesIn(usable_flat_kernels()),
                         [](const auto& test) { return std::string(test.param->name); });

struct Found {
    Label label = 0;
    int distance = 0;
    friend auto operator<=>(const Found&, const Found&) = default;
};

std::vector<std::vector<Found>> range_of(const faiss::IndexBinary& index,
                                         const std::vector<Hash256>& queries,
                                         int radius) {
    faiss::RangeSearchResult result(static_cast<Label>(queries.size()));
    index.range_search(static_cast<Label>(queries.size()), bytes_of(queries), radius, &result);
    std::vector<std::vector<Found>> found(queries.size());
    for (std::size_t q = 0; q < queries.size(); ++q) {
        for (std::size_t i = result.lims[q]; i < result.lims[q + 1]; ++i) {
            found[q].push_back({result.labels[i], static_cast<int>(result.distances[i])});
        }
        std::sort(found[q].begin(), found[q].end());
    }
    return found;
}

struct Nearest {
    std::vector<std::int32_t> distances;
    std::vector<Label> labels;
};

Nearest nearest_of(const faiss::IndexBinary& index,
                   const std::vector<Hash256>& queries,
                   std::size_t k) {
    Nearest nearest{std::vector<std::int32_t>(queries.size() * k),
                    std::vector<Label>(queries.size() * k)};
    index.search(static_cast<Label>(queries.size()), bytes_of(queries), static_cast<Label>(k),
                 nearest.distances.data(), nearest.labels.data());
    return nearest;
}

/// Of codes at the same distance FAISS keeps any, we the first: distances must agree, and each
/// label must be where its distance says.
void expect_same_nearest(const Nearest& ours,
                         const Nearest& stock,
                         const std::vector<Hash256>& codes,
                         const std::vector<Hash256>& queries) {
    ASSERT_EQ(ours.distances, stock.distances);
    const std::size_t k = ours.labels.size() / queries.size();
    for (std::size_t i = 0; i < ours.labels.size(); ++i) {
        if (ours.labels[i] < 0) {
            ASSERT_EQ(stock.labels[i], -1);
            continue;
        }
        const Hash256& code = codes[static_cast<std::size_t>(ours.labels[i])];
        ASSERT_EQ(hamming_distance(code, queries[i / k]), ours.distances[i]);
        if (i % k > 0 && ours.distances[i] == ours.distances[i - 1]) {
            ASSERT_LT(ours.labels[i - 1], ours.labels[i]);
        }
    }
}

class InterleavedTwins : public testing::TestWithParam<int> {};

TEST_P(InterleavedTwins, AgreeWithFaissAfterAddsAndRemovals) {
    std::mt19937_64 random(static_cast<std::uint64_t>(GetParam()));
    InterleavedFlat ours;
    faiss::IndexBinaryFlat stock(256);
    std::vector<Hash256> codes;
    for (int round = 0; round < 5; ++round) {
        const auto batch = clustered_codes(random() % (round == 3 ? 30'000 : 300), random);
        codes.insert(codes.end(), batch.begin(), batch.end());
        ours.add(static_cast<Label>(batch.size()), bytes_of(batch));
        stock.add(static_cast<Label>(batch.size()), bytes_of(batch));
        std::vector<Label> doomed;
        std::vector<Hash256> kept;
        for (std::size_t i = 0; i < codes.size(); ++i) {
            if (random() % 10 == 0) {
                doomed.push_back(static_cast<Label>(i));
            } else {
                kept.push_back(codes[i]);
            }
        }
        codes = kept;
        const faiss::IDSelectorBatch selector(doomed.size(), doomed.data());
        ASSERT_EQ(ours.remove_ids(selector), stock.remove_ids(selector));
        ASSERT_EQ(ours.ntotal, stock.ntotal);
        const auto queries = clustered_codes(1 + random() % 40, random);
        for (const int radius : {-1, 0, 1, 32, 45, 46, 100, 257, 1000}) {
            ASSERT_TRUE(range_of(ours, queries, radius) == range_of(stock, queries, radius))
                << radius;
        }
        const std::size_t more_than_all = codes.size() < 2000 ? codes.size() + 3 : 20;
        for (const std::size_t k : {std::size_t{1}, std::size_t{7}, more_than_all}) {
            expect_same_nearest(nearest_of(ours, queries, k), nearest_of(stock, queries, k), codes,
                                queries);
        }
        for (std::size_t i = 0; i < codes.size(); ++i) {
            Hash256 code;
            ours.reconstruct(static_cast<Label>(i), reinterpret_cast<std::uint8_t*>(&code));
            ASSERT_EQ(code, codes[i]);
        }
    }
    ours.reset();
    EXPECT_EQ(ours.ntotal, 0);
    EXPECT_TRUE(range_of(ours, codes, 257)[0].empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, InterleavedTwins, testing::Range(1, 4));

TEST(InterleavedFlat, StandsBehindFaissIdMap) {
    std::mt19937_64 random(3);
    const auto codes = clustered_codes(1000, random);
    std::vector<Label> ids;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        ids.push_back(static_cast<Label>(random() >> 1));
    }
    InterleavedFlat ours;
    faiss::IndexBinaryFlat stock(256);
    faiss::IndexBinaryIDMap ours_by_id(&ours);
    faiss::IndexBinaryIDMap stock_by_id(&stock);
    for (faiss::IndexBinaryIDMap* map : {&ours_by_id, &stock_by_id}) {
        map->add_with_ids(static_cast<Label>(codes.size()), bytes_of(codes), ids.data());
        map->remove_ids(faiss::IDSelectorBatch(100, ids.data() + 50));
    }
    const auto queries = clustered_codes(5, random);
    EXPECT_EQ(range_of(ours_by_id, queries, 90), range_of(stock_by_id, queries, 90));
    EXPECT_EQ(nearest_of(ours_by_id, queries, 3).distances,
              nearest_of(stock_by_id, queries, 3).distances);
}

TEST(InterleavedFlat, RefusesOtherDimensionsAndWrongArguments) {
    for (const Label dimension : {0, 8, 128, 248, 264, 512}) {
        EXPECT_THROW(InterleavedFlat{dimension}, faiss::FaissException) << dimension;
    }
    InterleavedFlat index;
    const std::vector<Hash256> codes(3);
    index.add(3, bytes_of(codes));
    std::int32_t distance = 0;
    Label label = 0;
    Hash256 code;
    auto* bytes = reinterpret_cast<std::uint8_t*>(&code);
    EXPECT_THROW(index.search(1, bytes_of(codes), 0, &distance, &label), faiss::FaissException);
    EXPECT_THROW(index.add(-1, bytes_of(codes)), faiss::FaissException);
    EXPECT_THROW(index.reconstruct(3, bytes), faiss::FaissException);
    EXPECT_THROW(index.reconstruct(-1, bytes), faiss::FaissException);
}

}  // namespace
}  // namespace refrain::index
