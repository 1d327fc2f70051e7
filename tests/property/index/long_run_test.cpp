// Many random changes to a live index, with merges in the background and snapshots whose writers
// are killed, against the plain loop: nothing may ever be missed. REFRAIN_LONG_RUN is the number of
// additions and removals; without it, few.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "index/hash_snapshot.h"
#include "index/live_index.h"
#include "support/child_process.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain::index {
namespace {

using refrain::test::ChildProcess;
using refrain::test::random_hash;
using refrain::test::TempFolder;
using refrain::test::with_flipped_bits;

constexpr int kOrdinalBits = 22;

struct Change {
    CodeId item = 0;
    std::vector<Hash256> codes;  ///< empty: the item goes
};

class LongRun {
  public:
    LongRun(std::size_t changes, std::uint64_t seed) : wanted_(changes), random_(seed) {
        options_.tail_codes = 500;
        options_.table_codes = 2000;
        options_.segment_codes = changes / 3 + 1;
        options_.merging = Merging::kBackground;
        live_ = std::make_unique<LiveIndex>(options_);
    }

    void run() {
        const std::size_t check_every = wanted_ / 30;
        const std::size_t kill_every = wanted_ / 10;
        std::size_t next_check = check_every;
        std::size_t next_kill = kill_every;
        while (log_.size() < wanted_) {
            ASSERT_NO_FATAL_FAILURE(make(random_() % 3 == 0 ? removal() : addition()));
            if (log_.size() >= next_check) {
                next_check += check_every;
                ASSERT_NO_FATAL_FAILURE(check());
            }
            if (log_.size() >= next_kill) {
                next_kill += kill_every;
                ASSERT_NO_FATAL_FAILURE(die_and_return());
            }
        }
        ASSERT_TRUE(live_->finish_merges().ok());
        check();
        EXPECT_GT(found_, 0U);
        EXPECT_GT(reopened_, 0U);
        EXPECT_EQ(live_->shape().failed_merges, 0U);
    }

  private:
    Change addition() {
        Change change{static_cast<CodeId>(items_.size()), {}};
        // Mostly a picture, now and then a video.
        const std::size_t codes = random_() % 30 == 0 ? 1 + random_() % 100 : 1;
        for (std::size_t i = 0; i < codes; ++i) {
            if (random_() % 20 == 0 || recent_.empty()) {
                recent_.push_back(random_hash(random_));
            }
            const Hash256& near = recent_[recent_.size() - 1 -
                                          random_() % std::min<std::size_t>(500, recent_.size())];
            change.codes.push_back(
                with_flipped_bits(near, static_cast<int>(random_() % 36), random_));
        }
        items_.push_back(change.item);
        return change;
    }

    Change removal() { return {items_.empty() ? 0 : items_[random_() % items_.size()], {}}; }

    static void apply(HashIndex& index, const Change& change) {
        const CodeId first = change.item << kOrdinalBits;
        if (change.codes.empty()) {
            ASSERT_TRUE(index.remove_between(first, first | ((1 << kOrdinalBits) - 1)).ok());
            return;
        }
        std::vector<CodeId> ids;
        for (std::size_t i = 0; i < change.codes.size(); ++i) {
            ids.push_back(first | static_cast<CodeId>(i));
        }
        ASSERT_TRUE(index.add(change.codes, ids).ok());
    }

    void make(Change change) {
        apply(*live_, change);
        // Removing from the oracle costs a pass over it: together with the next check.
        if (change.codes.empty()) {
            doomed_.push_back(change.item);
        } else {
            apply(*plain_, change);
        }
        log_.push_back(std::move(change));
    }

    void check() {
        std::vector<CodeId> ids;
        for (const CodeId item : doomed_) {
            for (CodeId i = 0; i <= 100; ++i) {
                ids.push_back(item << kOrdinalBits | i);
            }
        }
        doomed_.clear();
        ASSERT_TRUE(plain_->remove(ids).ok());
        ASSERT_EQ(live_->size(), plain_->size());
        std::vector<Hash256> queries;
        for (int i = 0; i < 12; ++i) {
            const Hash256& near = recent_[random_() % recent_.size()];
            queries.push_back(with_flipped_bits(near, static_cast<int>(random_() % 30), random_));
        }
        for (const int radius : {31, static_cast<int>(random_() % 32)}) {
            const auto got = live_->range_search(queries, radius);
            const auto expected = plain_->range_search(queries, radius);
            ASSERT_TRUE(got.ok() && expected.ok());
            ASSERT_TRUE(*got == *expected)
                << got->size() << " of " << expected->size() << " hits, radius " << radius;
            found_ += expected->size();
        }
    }

    /// A process that writes a snapshot is killed; another begins with what it left, and takes over
    /// the changes since.
    void die_and_return() {
        const std::shared_ptr<const LiveState> state = live_->state();
        const SnapshotTag tag{log_.size(), 0, 0};
        {
            ChildProcess child([&](int) {
                return write_hash_snapshot(file_, tag, *state, options_, {}).ok() ? 0 : 1;
            });
            if (deaths_++ % 2 == 0) {
                ASSERT_EQ(child.wait(), 0);  // it dies when it is done
            } else {
                std::this_thread::sleep_for(std::chrono::microseconds(random_() % 30'000));
            }
        }
        std::string why;
        const auto snapshot = Snapshot::open(file_, kHashSnapshot, why);
        std::vector<LivePart> parts;
        std::uint64_t sequence = 0;
        if (snapshot) {
            auto loaded = load_hash_parts(*snapshot, 2, {});
            ASSERT_TRUE(loaded.ok()) << loaded.error().message;
            parts = std::move(loaded).value();
            sequence = snapshot->tag().sequence;
            ++reopened_;
        }
        ASSERT_LE(sequence, log_.size());
        live_ = std::make_unique<LiveIndex>(options_, std::move(parts));
        for (std::size_t i = sequence; i < log_.size(); ++i) {
            ASSERT_NO_FATAL_FAILURE(apply(*live_, log_[i]));
        }
    }

    std::size_t wanted_;
    std::mt19937_64 random_;
    LiveOptions options_;
    std::unique_ptr<LiveIndex> live_;
    std::unique_ptr<HashIndex> plain_ = make_plain_index();
    std::vector<CodeId> items_;
    std::vector<CodeId> doomed_;
    std::vector<Hash256> recent_;
    std::vector<Change> log_;
    std::size_t found_ = 0;
    std::size_t reopened_ = 0;
    std::size_t deaths_ = 0;
    TempFolder folder_;
    std::filesystem::path file_ = folder_.path() / "index.snapshot";
};

TEST(LiveIndex, MissesNothingInALongRunWithMergesAndKills) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts
    const char* const changes = std::getenv("REFRAIN_LONG_RUN");
    LongRun(changes == nullptr ? 20'000 : std::stoul(changes), 11).run();
}

}  // namespace
}  // namespace refrain::index
