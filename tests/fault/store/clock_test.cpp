// Clocks that jump while a corpus is in use: the order of changes is that of commits, whatever the
// clock says.

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include <gtest/gtest.h>

#include "store/sqlite/repair.h"
#include "store_fault_samples.h"

namespace {

std::int64_t jump_seconds = 0;

}  // namespace

/// Takes the place of the C library's in this program, for `std::chrono::system_clock` too.
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
    const auto failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
    if (failed == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += jump_seconds;
    }
    return failed;
}

namespace refrain::store {
namespace {

using test::problems_of;
using test::sample_row;
using test::sample_rows;
using test::TempFolder;

constexpr std::int64_t kYear = 366LL * 86400;

class JumpingClock : public ::testing::Test {
  protected:
    void TearDown() override { jump_seconds = 0; }
};

constexpr std::int64_t kJumps[] = {0, -kYear, 30 * kYear, -80 * kYear, 200 * kYear, 1, -1};

TEST_F(JumpingClock, LeavesChangesInTheOrderOfTheirCommits) {
    const TempFolder folder;
    std::uint64_t number = 1;
    std::int64_t earliest = 0;
    std::int64_t latest = 0;
    for (const std::int64_t jump : kJumps) {
        jump_seconds = jump;
        // Opened anew and kept open in turn.
        Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kCreate);
        ASSERT_TRUE(store.ok()) << store.error().message;
        ASSERT_TRUE(store->put(sample_rows(number, 3)).ok()) << jump;
        jump_seconds = -jump;
        ASSERT_TRUE(store->remove(std::vector<std::string>{sample_row(number).id}).ok()) << jump;
        number += 3;

        const auto changes = store->changes_after(0, 1000);
        ASSERT_TRUE(changes.ok());
        for (std::size_t i = 0; i < changes->size(); ++i) {
            EXPECT_EQ((*changes)[i].sequence, i + 1);
            earliest = std::min(earliest, (*changes)[i].at_us);
            latest = std::max(latest, (*changes)[i].at_us);
        }
        EXPECT_EQ(changes->back().kind, ChangeKind::kRemove);
        EXPECT_EQ(problems_of(*store), std::vector<std::string>());
        EXPECT_EQ(store->totals()->items, 2 * (number / 3));
    }
    // Else the clock did not jump.
    EXPECT_LT(earliest, -10 * kYear * 1'000'000);
    EXPECT_GT(latest, 100 * kYear * 1'000'000);
}

TEST_F(JumpingClock, HindersNoRepairAndKeepsTheTimesOfItems) {
    const TempFolder folder;
    jump_seconds = -80 * kYear;
    test::make_corpus(folder.path(), 5);
    const auto times_of = [&] {
        const Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kReadOnly);
        std::vector<std::int64_t> times;
        const Result<ItemList> items = store->items_after("", 100);
        for (const StoredItem& item : items->items) {
            times.push_back(item.added_at_us);
        }
        return times;
    };
    const std::vector<std::int64_t> before = times_of();
    ASSERT_EQ(before.size(), 5U);
    EXPECT_LT(before[0], 0);
    for (const std::int64_t jump : kJumps) {
        jump_seconds = jump;
        const auto outcome =
            repair_corpus(folder.path(), [](const StoredItem&, auto) { return std::string(); });
        ASSERT_TRUE(outcome.ok()) << jump << ": " << outcome.error().message;
        EXPECT_EQ(outcome->kept, 5U);
        EXPECT_EQ(times_of(), before);
    }
}

}  // namespace
}  // namespace refrain::store
