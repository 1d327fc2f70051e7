// What was acknowledged is there after a kill at any step of SQLite's work, and after a disk that
// was full at any step.

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "store_fault_samples.h"
#include "support/child_process.h"
#include "support/faulty_vfs.h"

namespace refrain::store {
namespace {

using test::ChildProcess;
using test::FaultPlan;
using test::problems_of;
using test::sample_row;
using test::sample_rows;
using test::TempFolder;

/// With REFRAIN_LONG_RUN every point is tried; else every seventh.
std::uint64_t stride() { return std::getenv("REFRAIN_LONG_RUN") == nullptr ? 7 : 1; }

constexpr std::uint64_t kBatches = 5;
constexpr std::uint64_t kRowsPerBatch = 4;
/// A report of a removal; rows are reported by their number.
constexpr std::uint64_t kRemoved = 1'000'000;

std::vector<NewRow> batch_of(std::uint64_t batch) {
    std::vector<NewRow> rows = sample_rows(1 + batch * kRowsPerBatch, kRowsPerBatch);
    // A long record in each, so that there are pages of its own.
    rows.back().record.resize(30'000, std::byte{0x5A});
    return rows;
}

/// Threads that read all the while, each with a connection of the store's pool.
class Readers {
  public:
    Readers(const SqliteCatalogue& store, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            threads_.emplace_back([&store](const std::stop_token& stop) {
                while (!stop.stop_requested()) {
                    static_cast<void>(store.totals());
                    static_cast<void>(store.items_after("", 1000));
                }
            });
        }
    }

  private:
    std::vector<std::jthread> threads_;
};

/// Adds batches, and removes the first row of each but the last; reports what was acknowledged.
int work(const std::filesystem::path& folder, int pipe, std::size_t readers) {
    Result<SqliteCatalogue> store = SqliteCatalogue::open(folder, Mode::kCreate);
    if (!store) {
        return 1;
    }
    const Readers beside(*store, readers);
    for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
        const std::vector<NewRow> rows = batch_of(batch);
        if (!store->put(rows)) {
            return 2;
        }
        for (std::uint64_t i = 0; i < kRowsPerBatch; ++i) {
            ChildProcess::send(pipe, 1 + batch * kRowsPerBatch + i);
        }
        if (batch + 1 < kBatches) {
            if (!store->remove(std::vector<std::string>{rows.front().id})) {
                return 3;
            }
            ChildProcess::send(pipe, kRemoved + 1 + batch * kRowsPerBatch);
        }
    }
    return 0;
}

struct Reported {
    std::set<std::uint64_t> added;
    std::set<std::uint64_t> removed;
    int status = 0;  ///< -1: a signal ended it
};

Reported run_child(const std::filesystem::path& folder,
                   const FaultPlan& plan,
                   std::size_t readers = 0) {
    ChildProcess child([&](int pipe) {
        test::install_faulty_vfs(plan);
        return work(folder, pipe, readers);
    });
    Reported reported;
    std::uint64_t number = 0;
    while (child.receive(number)) {
        if (number > kRemoved) {
            reported.removed.insert(number - kRemoved);
        } else {
            reported.added.insert(number);
        }
    }
    reported.status = child.wait();
    return reported;
}

NewRow row_of(std::uint64_t number) {
    const std::uint64_t batch = (number - 1) / kRowsPerBatch;
    return batch_of(batch)[static_cast<std::size_t>((number - 1) % kRowsPerBatch)];
}

/// All that was reported is there as it was put, no batch is there in half, and the corpus takes
/// more.
void expect_kept(const std::filesystem::path& folder, const Reported& reported) {
    if (reported.added.empty() && !std::filesystem::exists(folder / "refrain.db")) {
        return;
    }
    Result<SqliteCatalogue> store = SqliteCatalogue::open(folder, Mode::kReadWrite);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(problems_of(*store), std::vector<std::string>());
    const Result<ItemList> items = store->items_after("", 1000);
    ASSERT_TRUE(items.ok());
    EXPECT_TRUE(items->damaged.empty());
    std::set<std::string> there;
    for (const StoredItem& item : items->items) {
        there.insert(item.id);
    }
    for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
        std::uint64_t found = 0;
        for (std::uint64_t i = 1; i < kRowsPerBatch; ++i) {
            found += there.contains(row_of(1 + batch * kRowsPerBatch + i).id) ? 1U : 0U;
        }
        EXPECT_TRUE(found == 0 || found == kRowsPerBatch - 1) << "half of batch " << batch;
    }
    for (const std::uint64_t number : reported.added) {
        const NewRow row = row_of(number);
        const auto found = store->find_bytes(row.bank, row.media.digest.sha256);
        ASSERT_TRUE(found.ok());
        if (reported.removed.contains(number)) {
            EXPECT_FALSE(found->has_value()) << number << " was removed";
        } else if (found->has_value()) {
            EXPECT_EQ(store->records(std::span(&(*found)->key, 1))->items.at(0).record, row.record)
                << number;
        } else {
            // Only a removal that was under way can have taken it.
            EXPECT_EQ(number % kRowsPerBatch, 1U) << number << " is lost";
            EXPECT_EQ(number, *reported.added.rbegin() - (kRowsPerBatch - 1))
                << number << " is lost";
        }
    }
    EXPECT_TRUE(store->put(sample_rows(5000, 2)).ok());
}

struct Kill {
    const char* name;
    bool tears_write;
    std::size_t readers;
};

class KilledAtEveryStep : public ::testing::TestWithParam<Kill> {};

TEST_P(KilledAtEveryStep, LosesNothingThatWasAcknowledged) {
    std::uint64_t kills = 0;
    for (std::uint64_t step = 0;; step += stride()) {
        const TempFolder folder;
        FaultPlan plan;
        plan.kill_at = step;
        plan.tears_write = GetParam().tears_write;
        const Reported reported = run_child(folder / "corpus", plan, GetParam().readers);
        expect_kept(folder / "corpus", reported);
        ASSERT_FALSE(HasFailure()) << "killed at step " << step;
        if (reported.status != -1) {
            ASSERT_EQ(reported.status, 0) << "at step " << step;
            EXPECT_EQ(reported.added.size(), kBatches * kRowsPerBatch);
            break;
        }
        ++kills;
    }
    RecordProperty("kills", std::to_string(kills));
    std::printf("kill points: %llu, lost: 0, torn: 0\n", static_cast<unsigned long long>(kills));
    EXPECT_GT(kills * stride(), 250U) << "there were too few steps to tell";
}

INSTANTIATE_TEST_SUITE_P(All,
                         KilledAtEveryStep,
                         ::testing::Values(Kill{"Cleanly", false, 0},
                                           Kill{"WithATornWrite", true, 0},
                                           Kill{"BesideReaders", true, 3}),
                         [](const auto& one) { return std::string(one.param.name); });

/// Room for `room` more bytes; then the same corpus on a disk that has room again.
class DiskFullAtEveryStep : public ::testing::TestWithParam<std::size_t> {};

TEST_P(DiskFullAtEveryStep, LosesNothingAndTheCorpusOpens) {
    std::uint64_t tried = 0;
    for (std::uint64_t room = 0;; room += 4096 * stride()) {
        const TempFolder folder;
        FaultPlan plan;
        plan.room = room;
        const Reported reported = run_child(folder / "corpus", plan, GetParam());
        expect_kept(folder / "corpus", reported);
        ASSERT_FALSE(HasFailure()) << "with room for " << room << " bytes";
        ASSERT_NE(reported.status, -1);
        ++tried;
        if (reported.status == 0) {
            break;
        }
    }
    std::printf("disk full at %llu sizes, lost: 0\n", static_cast<unsigned long long>(tried));
    EXPECT_GT(tried * stride(), 100U);
}

INSTANTIATE_TEST_SUITE_P(All, DiskFullAtEveryStep, ::testing::Values(0, 3), [](const auto& one) {
    return one.param == 0 ? "Alone" : "BesideReaders";
});

TEST(FailedSync, IsAnErrorAndLosesNothing) {
    int failures = 0;
    for (std::uint64_t step = 0; step < 400; step += 5 * stride()) {
        const TempFolder folder;
        FaultPlan plan;
        plan.fail_sync_at = step;
        const Reported reported = run_child(folder / "corpus", plan);
        expect_kept(folder / "corpus", reported);
        ASSERT_FALSE(HasFailure()) << "sync failed after step " << step;
        ASSERT_NE(reported.status, -1);
        failures += reported.status == 0 ? 0 : 1;
    }
    EXPECT_GT(failures, 0);
}

}  // namespace
}  // namespace refrain::store
