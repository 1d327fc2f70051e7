#include "corpus/with_progress.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <mutex>
#include <system_error>
#include <thread>

namespace refrain::corpus {

namespace {

// How long the work waits for a function of the caller to return. It returns at once, unless it
// uses the corpus and so waits for this very work.
constexpr std::chrono::seconds kPatience{1};

/// The latest count of the work, on its way to the thread that waits for it.
class LatestCount {
  public:
    /// Waits until the count was looked at, so that a stop that is requested then is heeded at
    /// once; but not for ever.
    void put(std::uint64_t done, std::uint64_t total) {
        std::unique_lock lock(mutex_);
        done_ = done;
        total_ = total;
        is_new_ = true;
        changed_.notify_all();
        if (!is_slow_) {
            is_slow_ =
                !changed_.wait_for(lock, kPatience, [&] { return !is_new_ && !is_running_; });
        }
    }
    void end() {
        const std::scoped_lock lock(mutex_);
        is_over_ = true;
        changed_.notify_all();
    }
    /// Hands every new count over until the work is over and its last count was taken.
    void pass_on(const CountProgress& progress) {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [&] { return is_new_ || is_over_; });
            if (!is_new_) {
                return;
            }
            is_new_ = false;
            is_running_ = true;
            const std::uint64_t done = done_;
            const std::uint64_t total = total_;
            lock.unlock();
            progress(done, total);
            lock.lock();
            is_running_ = false;
            is_slow_ = false;
            changed_.notify_all();
        }
    }

  private:
    std::mutex mutex_;  ///< guards what follows; not held while `progress` runs
    std::condition_variable changed_;
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    bool is_new_ = false;
    bool is_running_ = false;  ///< the caller's function is
    bool is_slow_ = false;     ///< it is, and has been waited for long enough
    bool is_over_ = false;
};

}  // namespace

Result<void> with_progress(const std::function<Result<void>(const CountProgress&)>& work,
                           const CountProgress& progress) {
    if (!progress) {
        return work({});
    }
    LatestCount count;
    std::packaged_task<Result<void>()> task([&]() -> Result<void> {
        return work([&](std::uint64_t done, std::uint64_t total) { count.put(done, total); });
    });
    std::future<Result<void>> outcome = task.get_future();
    std::jthread worker;
    try {
        worker = std::jthread([&] {
            task();
            count.end();
        });
    } catch (const std::system_error&) {
        return Error{ErrorCode::kInternal, "no thread can be started"};
    }
    count.pass_on(progress);
    return outcome.get();
}

}  // namespace refrain::corpus
