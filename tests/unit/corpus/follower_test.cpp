#include "corpus/follower.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "corpus/change_turn.h"
#include "corpus/with_progress.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain::corpus {
namespace {

/// Counts what another thread does.
class Tally {
  public:
    void add() {
        const std::scoped_lock lock(mutex_);
        ++count_;
        changed_.notify_all();
    }
    void wait_for(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return count_ >= count; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int count_ = 0;
};

TEST(ChangeTurn, IsOfOneThreadAtATime) {
    ChangeTurn turn;
    int inside = 0;
    int most = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                const ChangeTurn::Held held = turn.take();
                most = std::max(most, ++inside);
                std::this_thread::yield();
                --inside;
            }
        });
    }
    threads.clear();
    EXPECT_EQ(most, 1);
}

TEST(ChangeTurn, IsNoLongerWaitedForWhenEnoughIsDone) {
    ChangeTurn turn;
    std::atomic<int> reached = 0;
    const ChangeTurn::Held held = turn.take();
    std::atomic<bool> has_turn = true;
    std::jthread waiter(
        [&] { has_turn = turn.take_unless([&] { return reached >= 2; }).has_value(); });
    reached = 1;
    turn.announce();
    reached = 2;
    turn.announce();
    waiter.join();  // although the turn is still held
    EXPECT_FALSE(has_turn);
}

TEST(ChangeTurn, IsTakenByWhoHasNotEnough) {
    ChangeTurn turn;
    EXPECT_TRUE(turn.take_unless([] { return false; }).has_value());
    EXPECT_FALSE(turn.take_unless([] { return true; }).has_value());
}

TEST(Follower, RunsARoundAfterEachWake) {
    Tally rounds;
    Follower follower([&](const std::stop_token&) { rounds.add(); });
    for (int i = 1; i <= 5; ++i) {
        follower.wake();
        rounds.wait_for(i);
    }
}

TEST(Follower, EndsTheRoundThatRunsWhenItGoes) {
    Tally begun;
    std::atomic<bool> was_stopped = false;
    {
        Follower follower([&](const std::stop_token& stop) {
            begun.add();
            while (!stop.stop_requested()) {
                std::this_thread::yield();
            }
            was_stopped = true;
        });
        follower.wake();
        begun.wait_for(1);
    }
    EXPECT_TRUE(was_stopped);
}

TEST(WithProgress, CallsInTheThreadOfTheCallerWithEachCount) {
    std::vector<std::uint64_t> counts;
    const std::thread::id caller = std::this_thread::get_id();
    const Result<void> done = with_progress(
        [&](const CountProgress& count) -> Result<void> {
            EXPECT_NE(std::this_thread::get_id(), caller);
            for (std::uint64_t i = 1; i <= 100; ++i) {
                count(i, 100);
            }
            return Error{ErrorCode::kCancelled, "as the work says"};
        },
        [&](std::uint64_t at, std::uint64_t /*total*/) {
            EXPECT_EQ(std::this_thread::get_id(), caller);
            counts.push_back(at);
        });
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().message, "as the work says");
    ASSERT_EQ(counts.size(), 100U);
    EXPECT_EQ(counts.back(), 100U);
}

TEST(WithProgress, ThrowsWhatTheWorkThrew) {
    const auto run = [] {
        return with_progress([](const CountProgress&) -> Result<void> { throw std::bad_alloc(); },
                             [](std::uint64_t, std::uint64_t) {});
    };
    EXPECT_THROW(static_cast<void>(run()), std::bad_alloc);
}

Fingerprint picture(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Fingerprint made;
    made.media.width = 640;
    made.media.height = 360;
    for (std::uint8_t& byte : made.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    made.frames.push_back({MediaTime{}, test::random_hash(random), 90, true});
    made.decode.decoded_frames = 1;
    return made;
}

NewItem item(std::uint64_t seed) {
    NewItem made;
    made.fingerprint = picture(seed);
    made.name = std::to_string(seed);
    return made;
}

/// The same picture in a file of other bytes: only the index can find it.
bool finds(const Corpus& corpus, std::uint64_t seed) {
    Fingerprint query = picture(seed);
    query.media.digest.sha256[0] ^= 1U;
    const Result<FindAnswer> answer = corpus.find(query);
    return answer.ok() && answer->status == FindStatus::kMatch &&
           answer->matches.front().name == std::to_string(seed);
}

TEST(CorpusWithAFollower, FindsWhatWasAddedAndNotWhatWasRemovedBefore) {
    constexpr std::uint64_t kItems = 150;
    const test::TempFolder folder;
    Corpus corpus = Corpus::open(folder / "corpus", CorpusMode::kCreate).value();
    ASSERT_TRUE(corpus.prepare().ok());
    std::atomic<std::uint64_t> added = 0;
    std::jthread writer([&] {
        for (std::uint64_t seed = 1; seed <= kItems; ++seed) {
            const NewItem made = item(seed);
            const auto outcome = corpus.add(std::span(&made, 1));
            ASSERT_TRUE(outcome.ok());
            if (seed % 10 == 0) {
                ASSERT_TRUE(corpus.remove(std::vector{outcome->front().id}).ok());
                EXPECT_FALSE(finds(corpus, seed)) << seed;
            }
            added = seed;
        }
    });
    std::uint64_t missed = 0;
    while (added < kItems) {
        const std::uint64_t seed = added;
        if (seed > 0 && seed % 10 != 0) {
            missed += finds(corpus, seed) ? 0U : 1U;
        }
    }
    EXPECT_EQ(missed, 0U);
}

TEST(CorpusWithAFollower, MayGoWhileChangesAreTakenOver) {
    const test::TempFolder folder;
    for (std::uint64_t round = 0; round < 5; ++round) {
        Corpus corpus = Corpus::open(folder / "corpus", CorpusMode::kCreate).value();
        ASSERT_TRUE(corpus.prepare().ok());
        std::vector<NewItem> items;
        for (std::uint64_t i = 1; i <= 100; ++i) {
            items.push_back(item(1000 * round + i));
        }
        ASSERT_TRUE(corpus.add(items).ok());
    }
    EXPECT_TRUE(finds(Corpus::open(folder / "corpus", CorpusMode::kReadOnly).value(), 4100));
}

TEST(Corpus, KnowsWhichChangesItsLookUpsSee) {
    const test::TempFolder folder;
    Corpus corpus = Corpus::open(folder / "corpus", CorpusMode::kCreate).value();
    EXPECT_EQ(corpus.position().newest, 0U);
    ASSERT_TRUE(corpus.add(std::vector{item(1), item(2)}).ok());
    EXPECT_EQ(corpus.position().followed, 0U) << "nothing was opened yet";
    EXPECT_TRUE(finds(corpus, 1));
    EXPECT_EQ(corpus.position().followed, 2U);
    EXPECT_EQ(corpus.position().newest, 2U);
    Corpus other = Corpus::open(folder / "corpus", CorpusMode::kReadWrite).value();
    ASSERT_TRUE(other.add(std::vector{item(3)}).ok());
    EXPECT_EQ(corpus.position().followed, 2U) << "nobody asked";
    EXPECT_TRUE(finds(corpus, 3));
    EXPECT_EQ(corpus.position().followed, 3U);
    EXPECT_EQ(corpus.position().newest, 3U);
}

TEST(Corpus, MayBeUsedByTheFunctionThatHearsOfItsOpening) {
    const test::TempFolder folder;
    {
        Corpus corpus = Corpus::open(folder / "corpus", CorpusMode::kCreate).value();
        ASSERT_TRUE(corpus.add(std::vector{item(1), item(2), item(3)}).ok());
    }
    const Corpus corpus = Corpus::open(folder / "corpus", CorpusMode::kReadOnly).value();
    int calls = 0;
    const Result<void> prepared = corpus.prepare(
        {}, [&](std::uint64_t, std::uint64_t) { EXPECT_TRUE(++calls > 1 || finds(corpus, 2)); });
    EXPECT_TRUE(prepared.ok());
    EXPECT_GE(calls, 1);
}

}  // namespace
}  // namespace refrain::corpus
