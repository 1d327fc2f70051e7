#include <atomic>
#include <cstdlib>
#include <new>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "index/live_index.h"
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
    const LiveShape before = index.shape();
    {
        // Room for what a merge needs at first, then for less and less of it.
        for (const std::size_t largest : {70'000U, 40'000U, 10'000U}) {
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

}  // namespace
}  // namespace refrain::index
