#include "index/local_index.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <filesystem>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "index/live_local_index.h"
#include "index/local_kernels.h"
#include "index/local_signatures.h"
#include "index/local_snapshot.h"
#include "index/local_words.h"
#include "index/signature_kernels.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain::index {
namespace {

using refrain::test::random_hash;
using refrain::test::with_flipped_bits;

constexpr int kAllLists = static_cast<int>(kLocalWords);

/// As local codes are spread: near the words, some 45 bits from them.
Hash256 code_like_real(std::mt19937_64& random) {
    return with_flipped_bits(local_word(random() % kLocalWords), static_cast<int>(random() % 90),
                             random);
}

std::vector<Hash256> codes_like_real(std::size_t count, std::mt19937_64& random) {
    std::vector<Hash256> codes(count);
    std::generate(codes.begin(), codes.end(), [&] { return code_like_real(random); });
    return codes;
}

/// Codes some of which lie near stored ones.
std::vector<Hash256> queries_near(const std::vector<LocalPicture>& known, std::mt19937_64& random) {
    std::vector<Hash256> queries = codes_like_real(10, random);
    for (int i = 0; i < 20 && !known.empty(); ++i) {
        const std::vector<Hash256>& codes = known[random() % known.size()].codes;
        queries.push_back(with_flipped_bits(codes[random() % codes.size()],
                                            static_cast<int>(random() % 70), random));
    }
    return queries;
}

/// At every eighth step: what it holds is from then on what its snapshot holds, read back or put in
/// its place, with cells or without.
void reopen_now_and_then(int step, LiveLocalIndex& index, const std::filesystem::path& file) {
    if (step % 8 != 7) {
        return;
    }
    const auto state = index.state();
    const SealedOptions options{step % 16 == 7 ? 3 * kMaxLocalPoints : LocalSegment::kMaxCodes,
                                step % 24 == 7 ? kCellsFrom : 1};
    std::vector<LocalPart> made;
    ASSERT_TRUE(write_local_snapshot(file, {1, 2, 3}, state->parts, {}, options, &made).ok());
    if (step % 3 == 0) {
        const auto groups = sealed_groups(state->parts, options.segment_codes);
        ASSERT_EQ(made.size(), groups.size());
        for (std::size_t i = 0; i < made.size(); ++i) {
            EXPECT_TRUE(*index.replace(groups[i], made[i].segment));
        }
        return;
    }
    std::string why;
    const auto snapshot = Snapshot::open(file, kLocalSnapshot, why);
    ASSERT_TRUE(snapshot.has_value()) << why;
    auto parts = load_local_parts(*snapshot);
    ASSERT_TRUE(parts.ok()) << parts.error().message;
    index.adopt(std::move(parts).value());
}

void expect_same(const Result<LocalAnswer>& one, const Result<LocalAnswer>& other) {
    ASSERT_TRUE(one.ok() && other.ok());
    EXPECT_EQ(one->found, other->found);
    EXPECT_EQ(one->hits, other->hits);
}

TEST(LocalIndexTwins, AnswerTheSameThroughAddsAndRemovesWhenAllListsAreRead) {
    std::mt19937_64 random(1);
    LocalIndexOptions small;
    small.segment_codes = kMaxLocalPoints;
    small.threads = 2;
    const std::vector<std::unique_ptr<LocalIndex>> indexes = [&] {
        std::vector<std::unique_ptr<LocalIndex>> made;
        made.push_back(make_plain_local_index());
        made.push_back(make_local_index(1));
        made.push_back(std::make_unique<LiveLocalIndex>(small));
        made.push_back(std::make_unique<LiveLocalIndex>(small));
        return made;
    }();
    LiveLocalIndex& reopened = dynamic_cast<LiveLocalIndex&>(*indexes.back());
    const test::TempFolder folder;
    std::vector<LocalPicture> known;
    for (int step = 0; step < 120; ++step) {
        reopen_now_and_then(step, reopened, folder / "local.snapshot");
        if (random() % 4 == 0) {
            const auto first = static_cast<PictureKey>(random() % 60);
            const auto last = first + static_cast<PictureKey>(random() % 8);
            const std::size_t removed = indexes[0]->remove_between(first, last).value();
            for (const auto& index : indexes) {
                const std::size_t expected = index == indexes[0] ? 0 : removed;
                EXPECT_EQ(index->remove_between(first, last).value(), expected);
            }
        } else {
            std::vector<LocalPicture> added(1 + random() % 3);
            for (LocalPicture& picture : added) {
                // Keys come again and in any order; codes are shared now and then.
                picture.picture = static_cast<PictureKey>(random() % 60);
                picture.codes = codes_like_real(1 + random() % 200, random);
                if (!known.empty() && random() % 2 == 0) {
                    picture.codes[0] = known[0].codes[0];
                }
                known.push_back(picture);
            }
            for (const auto& index : indexes) {
                ASSERT_TRUE(index->add_bulk(added).ok());
            }
        }
        LocalSearchOptions options;
        options.max_distance = static_cast<int>(random() % 90);
        options.max_hits_per_query = static_cast<int>(1 + random() % 10);
        options.lists = kAllLists;
        const std::vector<Hash256> queries = queries_near(known, random);
        for (const auto& index : indexes) {
            EXPECT_EQ(index->codes(), indexes[0]->codes());
            EXPECT_EQ(index->pictures(), indexes[0]->pictures());
            expect_same(indexes[0]->search(queries, options), index->search(queries, options));
        }
    }
}

TEST(LocalIndexTwins, FindExactlyTheCodesWhoseWordIsAmongTheNearest) {
    std::mt19937_64 random(2);
    std::vector<LocalPicture> known;
    for (PictureKey key = 0; key < 100; ++key) {
        known.push_back({key, codes_like_real(200, random)});
    }
    const std::unique_ptr<LocalIndex> plain = make_plain_local_index();
    const std::unique_ptr<LocalIndex> fast = make_local_index(1);
    for (const LocalPicture& picture : known) {
        ASSERT_TRUE(plain->add(picture.picture, picture.codes).ok());
        ASSERT_TRUE(fast->add(picture.picture, picture.codes).ok());
    }
    ASSERT_EQ(plain->remove_between(30, 40).value(), fast->remove_between(30, 40).value());
    const std::vector<Hash256> queries = queries_near(known, random);
    LocalSearchOptions options;
    options.max_hits_per_query = 1000000;
    const LocalAnswer all = plain->search(queries, options).value();
    for (const int lists : {1, 3, 16, 100}) {
        const auto count = static_cast<std::size_t>(lists);
        const std::vector<std::uint16_t> words = nearest_words(queries, count, local_kernels());
        std::vector<LocalHit> expected;
        for (const LocalHit& hit : all.hits) {
            const auto picture = static_cast<std::size_t>(hit.picture);
            const std::uint16_t word = nearest_words(
                std::span(known[picture].codes).subspan(hit.point, 1), 1, local_kernels())[0];
            const auto begin = words.begin() + static_cast<std::ptrdiff_t>(hit.query * count);
            if (std::find(begin, begin + lists, word) != begin + lists) {
                expected.push_back(hit);
            }
        }
        options.lists = lists;
        EXPECT_EQ(fast->search(queries, options)->hits, expected) << lists;
    }
}

// A search by signatures against the plain loop: all lists, some lists, keys that come again,
// removals, snapshots that are read back.
TEST(LocalIndexTwins, AnswerTheSameBySignatureThroughAddsAndRemoves) {
    std::mt19937_64 random(21);
    LocalIndexOptions small;
    small.segment_codes = kMaxLocalPoints;
    small.threads = 2;
    const std::unique_ptr<LocalIndex> plain = make_plain_local_index();
    LiveLocalIndex reopened(small);
    const test::TempFolder folder;
    std::vector<LocalPicture> known;
    std::size_t hits = 0;
    for (int step = 0; step < 48; ++step) {
        reopen_now_and_then(step, reopened, folder / "local.snapshot");
        if (random() % 5 == 0) {
            const auto first = static_cast<PictureKey>(random() % 40);
            const std::size_t removed = plain->remove_between(first, first + 3).value();
            EXPECT_EQ(reopened.remove_between(first, first + 3).value(), removed);
        } else {
            known.push_back({static_cast<PictureKey>(random() % 40),
                             codes_like_real(1 + random() % 200, random)});
            known.back().codes[0] = known[0].codes[0];
            ASSERT_TRUE(plain->add_bulk(std::span(known).last(1)).ok());
            ASSERT_TRUE(reopened.add_bulk(std::span(known).last(1)).ok());
        }
        LocalSearchOptions options;
        options.max_distance = static_cast<int>(random() % 90);
        options.max_hits_per_query = static_cast<int>(1 + random() % 10);
        options.first_by_signature = {static_cast<int>(random() % 28),
                                      static_cast<int>(1 + random() % 20), random() % 4,
                                      random() % 6, static_cast<int>(random() % (kCellBits + 1))};
        options.lists = kAllLists;
        const std::vector<Hash256> queries = queries_near(known, random);
        const Result<LocalAnswer> expected = plain->search(queries, options);
        expect_same(expected, reopened.search(queries, options));
        hits += expected->hits.size();
    }
    EXPECT_GT(hits, 100U);
}

TEST(LocalIndexTwins, FindBySignatureTheCodesWhoseWordIsAmongTheNearest) {
    std::mt19937_64 random(22);
    std::vector<LocalPicture> known;
    for (PictureKey key = 0; key < 60; ++key) {
        known.push_back({key, codes_like_real(100, random)});
    }
    const std::unique_ptr<LocalIndex> plain = make_plain_local_index();
    const std::unique_ptr<LocalIndex> fast = make_local_index(1);
    ASSERT_TRUE(plain->add_bulk(known).ok());
    ASSERT_TRUE(fast->add_bulk(known).ok());
    const std::vector<Hash256> queries = queries_near(known, random);
    LocalSearchOptions options;
    options.max_distance = 100;
    options.max_hits_per_query = 1000000;
    options.first_by_signature = {24, 1000000, 1};
    const LocalAnswer all = plain->search(queries, options).value();
    for (const std::size_t lists : {std::size_t{1}, std::size_t{2}, std::size_t{8}}) {
        const std::vector<std::uint16_t> words = nearest_words(queries, lists, local_kernels());
        std::vector<LocalHit> expected;
        for (const LocalHit& hit : all.hits) {
            const auto& codes = known[static_cast<std::size_t>(hit.picture)].codes;
            const std::uint16_t word =
                nearest_words(std::span(codes).subspan(hit.point, 1), 1, local_kernels())[0];
            const auto own = std::span(words).subspan(hit.query * lists, lists);
            if (std::find(own.begin(), own.end(), word) != own.end()) {
                expected.push_back(hit);
            }
        }
        EXPECT_GT(expected.size(), 5U);
        options.lists = static_cast<int>(lists);
        EXPECT_EQ(fast->search(queries, options)->hits, expected) << lists;
    }
}

TEST(Signatures, HaveAsManyBitsAsTheyShould) {
    for (std::size_t word = 0; word < kLocalWords; ++word) {
        EXPECT_EQ(hamming_distance(signature_bits(word), {}), kSignatureBits) << word;
        EXPECT_EQ(std::popcount(cell_bits(word)), kCellBits) << word;
    }
}

// One of each bit, then any: whatever is chosen, also nothing and the first or last 64 bits.
TEST(SignatureKernels, GatherWhatThePlainLoopGathers) {
    std::mt19937_64 random(23);
    std::vector<Hash256> choices{{}, {{~0ULL, 0, 0, 0}}, {{0, 0, 0, ~0ULL}}, {{0, ~0ULL, 0, 0}}};
    for (int bit = 0; bit < Hash256::kBits; bit += 7) {
        choices.emplace_back();
        choices.back().set_bit(bit);
    }
    for (std::size_t i = 0; i < 200; ++i) {
        choices.push_back(signature_bits(random() % kLocalWords));
    }
    for (const Hash256& chosen : choices) {
        const Hash256 code = random_hash(random);
        for (const SignatureKernels* kernels : usable_signature_kernels()) {
            EXPECT_EQ(kernels->gather(code, chosen), plain_signature(code, chosen))
                << kernels->name;
        }
    }
}

TEST(SignatureKernels, FindWhatThePlainLoopFinds) {
    std::mt19937_64 random(24);
    std::vector<std::uint64_t> known(70);
    for (std::uint64_t& one : known) {
        one = random() & random();
    }
    known[5] = 0;
    known[69] = ~0ULL;
    for (int round = 0; round < 300; ++round) {
        const std::size_t begin = random() % known.size();
        const auto run = std::span<const std::uint64_t>(known).subspan(
            begin, random() % (known.size() - begin + 1));
        const WantedSignature wanted{
            round % 3 == 0 ? 0 : random() & random(),
            static_cast<std::uint32_t>(round % 5 == 0 ? 64 : random() % 30),
            round % 2 == 0 ? 0 : random() & random() & random(),
            static_cast<std::uint32_t>(random() % 5)};
        std::vector<NearSignature> expected;
        for (std::uint32_t i = 0; i < run.size(); ++i) {
            const auto distance =
                static_cast<std::uint32_t>(std::popcount(run[i] ^ wanted.signature));
            if (distance <= wanted.limit && wanted.is_in_cell(run[i])) {
                expected.push_back({i, distance});
            }
        }
        for (const SignatureKernels* kernels : usable_signature_kernels()) {
            std::vector<NearSignature> near;
            kernels->near(run, wanted, near);
            EXPECT_EQ(near, expected) << kernels->name;
        }
    }
}

TEST(LocalIndexTwins, UsualListsFindMostOfWhatIsNear) {
    std::mt19937_64 random(3);
    std::vector<LocalPicture> known;
    for (PictureKey key = 0; key < 200; ++key) {
        known.push_back({key, codes_like_real(200, random)});
    }
    const std::unique_ptr<LocalIndex> fast = make_local_index(2);
    ASSERT_TRUE(fast->add_bulk(known).ok());
    std::vector<Hash256> queries;
    for (std::size_t i = 0; i < 1000; ++i) {
        queries.push_back(with_flipped_bits(known[i % 200].codes[i / 200], 41, random));
    }
    const LocalAnswer answer = fast->search(queries, {}).value();
    std::size_t right = 0;
    for (const LocalHit& hit : answer.hits) {
        right +=
            hit.picture == static_cast<PictureKey>(hit.query % 200) && hit.point == hit.query / 200
                ? 1U
                : 0U;
    }
    EXPECT_GT(right, 850U);
}

std::vector<std::uint16_t> nearest_words_plain(const Hash256& code, std::size_t count) {
    std::vector<std::uint16_t> order(kLocalWords);
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::uint16_t a, std::uint16_t b) {
        return hamming_distance(code, local_word(a)) < hamming_distance(code, local_word(b));
    });
    order.resize(count);
    return order;
}

TEST(LocalWords, ManyNearestAreThoseOfThePlainLoop) {
    std::mt19937_64 random(4);
    std::vector<Hash256> codes = codes_like_real(20, random);
    codes.push_back(random_hash(random));
    codes.push_back({});
    for (const std::size_t count : {std::size_t{65}, kLocalWords}) {
        const std::vector<std::uint16_t> words = nearest_words(codes, count, local_kernels());
        ASSERT_EQ(words.size(), codes.size() * count);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const std::vector<std::uint16_t> expected = nearest_words_plain(codes[i], count);
            const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i * count);
            EXPECT_TRUE(std::equal(expected.begin(), expected.end(), begin)) << i << " " << count;
        }
    }
}

TEST(LocalWords, NearlyAllOfTheNearestAreThoseOfThePlainLoopWhateverTheBatch) {
    std::mt19937_64 random(5);
    std::vector<Hash256> codes = codes_like_real(80, random);
    codes.push_back(random_hash(random));
    for (const std::size_t count : {std::size_t{1}, std::size_t{16}, std::size_t{64}}) {
        const std::vector<std::uint16_t> words = nearest_words(codes, count, local_kernels());
        ASSERT_EQ(words.size(), codes.size() * count);
        std::size_t right = 0;
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const auto begin = words.begin() + static_cast<std::ptrdiff_t>(i * count);
            const std::vector<std::uint16_t> ours(begin,
                                                  begin + static_cast<std::ptrdiff_t>(count));
            for (const std::uint16_t word : nearest_words_plain(codes[i], count)) {
                right += std::count(ours.begin(), ours.end(), word) == 1 ? 1U : 0U;
            }
            for (const LocalKernels* kernels : usable_local_kernels()) {
                EXPECT_EQ(nearest_words(std::span(codes).subspan(i, 1), count, *kernels), ours);
            }
        }
        EXPECT_GT(static_cast<double>(right), 0.9 * static_cast<double>(words.size())) << count;
    }
}

TEST(LocalKernels, AllMeasureWhatThePlainLoopMeasures) {
    std::mt19937_64 random(8);
    std::vector<LocalBlock> blocks(9);
    for (LocalBlock& block : blocks) {
        for (std::size_t lane = 0; lane < LocalBlock::kCodes; ++lane) {
            block.put(lane, code_like_real(random));
        }
    }
    blocks[8].put(1, {});
    blocks[8].put(6, {{~0ULL, ~0ULL, ~0ULL, ~0ULL}});
    std::vector<Hash256> codes = codes_like_real(20, random);
    codes.push_back({});
    constexpr std::uint16_t kUntouched = 0xabcd;
    for (const Hash256& code : codes) {
        for (std::size_t count = 0; count <= blocks.size(); ++count) {
            std::vector<std::uint16_t> expected(blocks.size() * LocalBlock::kCodes, kUntouched);
            for (std::size_t i = 0; i < count * LocalBlock::kCodes; ++i) {
                expected[i] = static_cast<std::uint16_t>(hamming_distance(
                    blocks[i / LocalBlock::kCodes].get(i % LocalBlock::kCodes), code));
            }
            for (const LocalKernels* kernels : usable_local_kernels()) {
                std::vector<std::uint16_t> out(expected.size(), kUntouched);
                kernels->distances(blocks.data(), count, code, out.data());
                EXPECT_EQ(out, expected) << kernels->name << " " << count;
            }
        }
    }
}

TEST(LocalKernels, AllFindWhatThePlainLoopFinds) {
    std::mt19937_64 random(5);
    std::vector<LocalBlock> blocks(12);
    for (LocalBlock& block : blocks) {
        for (std::size_t lane = 0; lane < LocalBlock::kCodes; ++lane) {
            block.put(lane, code_like_real(random));
        }
    }
    blocks[3].put(2, {});
    blocks[4].put(7, {{~0ULL, ~0ULL, ~0ULL, ~0ULL}});
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t radius = round % 5 == 0 ? 256 : random() % 257;
        std::vector<Wanted> wanted(5);
        for (Wanted& query : wanted) {
            query.code = random() % 4 == 0 ? Hash256{} : code_like_real(random);
            query.limit = random() % (radius + 1);
        }
        const std::vector<std::uint32_t> queries{4, 0, 2};
        const auto begin = static_cast<std::uint32_t>(random() % 96);
        const auto end = begin + static_cast<std::uint32_t>(random() % (97 - begin));
        std::vector<Candidate> near;
        std::vector<Candidate> all;
        std::vector<std::uint64_t> found(wanted.size());
        for (std::uint32_t block = 0; block < blocks.size(); ++block) {
            for (const std::uint32_t query : queries) {
                for (std::uint32_t at = std::max(begin, block * 8);
                     at < std::min(end, block * 8 + 8); ++at) {
                    const auto distance = static_cast<std::uint64_t>(
                        hamming_distance(blocks[block].get(at % 8), wanted[query].code));
                    const Candidate here{query, at, static_cast<std::uint16_t>(distance)};
                    if (distance <= radius) {
                        all.push_back(here);
                        ++found[query];
                    }
                    if (distance <= wanted[query].limit) {
                        near.push_back(here);
                    }
                }
            }
        }
        for (const LocalKernels* kernels : usable_local_kernels()) {
            std::vector<Wanted> copy = wanted;
            std::vector<Candidate> out;
            kernels->near({blocks.data(), begin, end, radius}, copy.data(), queries, out);
            EXPECT_EQ(out, near) << kernels->name;
            for (std::size_t i = 0; i < copy.size(); ++i) {
                EXPECT_EQ(copy[i].found, found[i]) << kernels->name;
            }
            out.clear();
            kernels->all({blocks.data(), begin, end, radius}, copy.data(), queries, out);
            EXPECT_EQ(out, all) << kernels->name;
        }
    }
}

TEST(LiveLocalIndex, ReadersSeeEachPictureWholeOrNotAtAll) {
    constexpr PictureKey kPictures = 150;
    constexpr std::size_t kCodes = 20;
    std::mt19937_64 random(6);
    const std::vector<Hash256> codes = codes_like_real(kCodes, random);
    LocalIndexOptions options;
    options.segment_codes = kMaxLocalPoints;
    LiveLocalIndex index(options);
    std::atomic<bool> is_done = false;
    std::atomic<int> torn = 0;
    const auto read = [&] {
        LocalSearchOptions search;
        search.max_distance = 0;
        search.max_hits_per_query = 10000;
        search.lists = 1;
        do {
            const LocalAnswer answer = index.search(codes, search).value();
            const std::set<std::uint32_t> counts(answer.found.begin(), answer.found.end());
            torn += counts.size() == 1 ? 0 : 1;
        } while (!is_done);
    };
    {
        std::jthread reader(read);
        for (PictureKey key = 0; key < kPictures; ++key) {
            ASSERT_TRUE(index.add(key, codes).ok());
            if (key % 5 == 4) {
                ASSERT_EQ(index.remove_between(key - 3, key - 2).value(), 2 * kCodes);
            }
        }
        is_done = true;
    }
    EXPECT_EQ(torn, 0);
    EXPECT_EQ(index.pictures(), 90U);
}

}  // namespace
}  // namespace refrain::index
