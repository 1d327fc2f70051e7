#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "index/live_index.h"
#include "index/live_local_index.h"
#include "support/random_hash.h"

namespace {

// Requests of more than this fail, as they do when memory is short.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<std::size_t> g_largest_request = ~std::size_t{0};

}  // namespace

// Replaced for this test program. The array forms end here as well; the nothrow one is named
// because a sanitizer brings its own, whose memory is not for free().
// NOLINTBEGIN(cppcoreguidelines-no-malloc)
void* operator new(std::size_t size) {
    void* memory = size > g_largest_request ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
void* operator new(std::size_t size, const std::nothrow_t& /*unused*/) noexcept {
    return size > g_largest_request ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto unit = static_cast<std::size_t>(alignment);
    void* memory = size > g_largest_request
                       ? nullptr
                       : std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
void operator delete(void* memory, std::align_val_t /*unused*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t /*unused*/) noexcept {
    std::free(memory);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t& /*unused*/) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc)

namespace refrain::index {
namespace {

class ShortMemory {
  public:
    explicit ShortMemory(std::size_t largest) { g_largest_request = largest; }
    ShortMemory(const ShortMemory&) = delete;
    ShortMemory& operator=(const ShortMemory&) = delete;
    ~ShortMemory() { g_largest_request = ~std::size_t{0}; }
};

struct Batch {
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;

    Batch(CodeId first, std::size_t count) : codes(count), ids(count) {
        std::mt19937_64 random(static_cast<std::uint64_t>(first));
        for (Hash256& code : codes) {
            code = test::random_hash(random);
        }
        std::iota(ids.begin(), ids.end(), first);
    }
};

TEST(LiveIndex, KeepsServingWhenMemoryIsShortForAMerge) {
    LiveOptions options;
    options.tail_codes = 100;
    LiveIndex index(options);
    const Batch first(0, 1000);
    const Batch second(5000, 500);
    ASSERT_TRUE(index.add(first.codes, first.ids).ok());
    const IndexShape before = index.shape();
    {
        // Room for what a merge needs at first, then for less and less of it.
        for (const std::size_t largest : {45'000U, 20'000U, 10'000U}) {
            const ShortMemory shortage(largest);
            const auto added = index.add(second.codes, second.ids);
            ASSERT_FALSE(added.ok());
            EXPECT_EQ(added.error().code, ErrorCode::kInternal);
        }
    }
    EXPECT_EQ(index.shape().generation, before.generation);
    EXPECT_EQ(index.range_search(first.codes, 31)->size(), first.codes.size());
    EXPECT_TRUE(index.range_search(second.codes, 31)->empty());
    ASSERT_TRUE(index.add(second.codes, second.ids).ok());
    EXPECT_EQ(index.range_search(second.codes, 31)->size(), second.codes.size());
}

TEST(LiveIndex, KeepsServingWhenMemoryIsShortInTheBackground) {
    LiveOptions options;
    options.tail_codes = 100;
    options.most_segments = 4;
    options.merging = Merging::kBackground;
    LiveIndex index(options);
    std::vector<Batch> batches;
    for (CodeId i = 0; i < 12; ++i) {
        batches.emplace_back(i * 1000, 150);
    }
    std::size_t added = 0;
    {
        // Enough for a segment of one batch, not for a merge of two.
        const ShortMemory shortage(150 * sizeof(Hash256) + 1000);
        while (index.add(batches[added].codes, batches[added].ids).ok()) {
            ++added;
            ASSERT_LT(added, batches.size()) << "the merge is not waited for";
        }
        const auto refused = index.add(batches[added].codes, batches[added].ids);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, ErrorCode::kInternal);
        EXPECT_NE(refused.error().message.find("merging"), std::string::npos);
        EXPECT_GE(index.shape().failed_merges, 1U);
        for (std::size_t i = 0; i < added; ++i) {
            const auto few = std::span(batches[i].codes).first(10);
            ASSERT_EQ(index.range_search(few, 0)->size(), few.size());
        }
    }
    EXPECT_GE(added, 4U);
    ASSERT_TRUE(index.add(batches[added].codes, batches[added].ids).ok());
    ASSERT_TRUE(index.finish_merges().ok());
    EXPECT_LE(index.shape().segments, 2U);
    EXPECT_EQ(index.size(), 150 * (added + 1));
}

TEST(LiveIndex, SaysThatMemoryIsShortForASearch) {
    LiveOptions options;
    options.threads = 2;
    LiveIndex index(options);
    const Batch batch(0, 1000);
    ASSERT_TRUE(index.add(batch.codes, batch.ids).ok());
    {
        const ShortMemory shortage(2000);
        const auto found = index.range_search(batch.codes, 256);
        ASSERT_FALSE(found.ok());
        EXPECT_EQ(found.error().code, ErrorCode::kInternal);
    }
    EXPECT_EQ(index.range_search(batch.codes, 31)->size(), batch.codes.size());
}

TEST(LiveIndex, KeepsServingWhenMemoryIsShortForARemoval) {
    LiveOptions options;
    options.tail_codes = 100;
    LiveIndex index(options);
    const Batch batch(0, 1000);
    ASSERT_TRUE(index.add(batch.codes, batch.ids).ok());
    std::vector<CodeId> most(batch.ids.begin(), batch.ids.end() - 300);
    {
        const ShortMemory shortage(8000);
        const auto removed = index.remove(most);
        ASSERT_FALSE(removed.ok());
        EXPECT_EQ(removed.error().code, ErrorCode::kInternal);
    }
    EXPECT_EQ(index.range_search(batch.codes, 31)->size(), batch.codes.size());
    EXPECT_EQ(*index.remove(most), most.size());
    EXPECT_EQ(index.range_search(batch.codes, 31)->size(), 300U);
}

LocalSearchOptions in_all_lists() {
    LocalSearchOptions options;
    options.max_distance = 0;
    options.lists = 4096;
    return options;
}

TEST(LiveLocalIndex, KeepsServingWhenMemoryIsShortForAMerge) {
    LiveLocalIndex index({});
    const Batch first(0, 1000);
    const Batch second(5000, 600);
    ASSERT_TRUE(index.add(1, first.codes).ok());
    const IndexShape before = index.shape();
    {
        // The first is room for a segment of 600 codes, but not for one of 1,600.
        for (const std::size_t largest : {20'000U, 10'000U, 1'000U}) {
            const ShortMemory shortage(largest);
            const auto added = index.add(2, second.codes);
            ASSERT_FALSE(added.ok()) << largest;
            EXPECT_EQ(added.error().code, ErrorCode::kInternal);
        }
    }
    EXPECT_EQ(index.shape().generation, before.generation);
    EXPECT_EQ(index.codes(), first.codes.size());
    EXPECT_EQ(index.search(first.codes, in_all_lists())->hits.size(), first.codes.size());
    EXPECT_TRUE(index.search(second.codes, in_all_lists())->hits.empty());
    ASSERT_TRUE(index.add(2, second.codes).ok());
    EXPECT_EQ(index.shape().segments, 1U);
    EXPECT_EQ(index.search(second.codes, in_all_lists())->hits.size(), second.codes.size());
}

TEST(LiveLocalIndex, SaysThatMemoryIsShortForASearch) {
    LocalIndexOptions options;
    options.threads = 2;
    LiveLocalIndex index(options);
    const Batch batch(0, 1000);
    ASSERT_TRUE(index.add(1, batch.codes).ok());
    {
        const ShortMemory shortage(2000);
        const auto found = index.search(batch.codes, in_all_lists());
        ASSERT_FALSE(found.ok());
        EXPECT_EQ(found.error().code, ErrorCode::kInternal);
    }
    EXPECT_EQ(index.search(batch.codes, in_all_lists())->hits.size(), batch.codes.size());
}

TEST(LiveLocalIndex, KeepsServingWhenMemoryIsShortForARemoval) {
    LiveLocalIndex index({});
    const Batch batch(0, 900);
    std::vector<LocalPicture> pictures;
    for (PictureKey key = 0; key < 3; ++key) {
        const auto begin = batch.codes.begin() + 300 * key;
        pictures.push_back({key, {begin, begin + 300}});
    }
    ASSERT_TRUE(index.add_bulk(pictures).ok());
    {
        const ShortMemory shortage(8000);  // too little to write the rest anew
        const auto removed = index.remove_between(0, 1);
        ASSERT_FALSE(removed.ok());
        EXPECT_EQ(removed.error().code, ErrorCode::kInternal);
    }
    EXPECT_EQ(index.search(batch.codes, in_all_lists())->hits.size(), batch.codes.size());
    EXPECT_EQ(index.remove_between(0, 1).value(), 600U);
    EXPECT_EQ(index.search(batch.codes, in_all_lists())->hits.size(), 300U);
}

}  // namespace
}  // namespace refrain::index
