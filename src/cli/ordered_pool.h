#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace refrain::cli {

/// Works on a stream of tasks with several threads and hands the outcomes back in task order.
///
/// Workers pull tasks themselves, one at a time, so that a slow source (a pipe) never keeps
/// finished outcomes from being taken. At most `capacity` tasks are pulled and not yet taken:
/// memory is `capacity` outcomes. An exception in a worker comes out of `wait`.
///
/// Thread safety: `pull` is called by one worker at a time, `work` by several at once; `wait` and
/// `take` belong to one consumer. The destructor asks the workers to stop and joins them.
template <typename Task, typename Outcome>
class OrderedPool {
  public:
    /// The next task, or nothing at the end; must return soon after a stop was requested.
    using Pull = std::function<std::optional<Task>(const std::stop_token&)>;
    using Work = std::function<Outcome(Task, const std::stop_token&)>;

    enum class State { kReady, kWaiting, kEnd };

    /// @param workers   >= 1
    /// @param capacity  >= workers
    /// @param stop      ends the pool from outside; `wait` then says kEnd
    OrderedPool(std::size_t workers,
                std::size_t capacity,
                Pull pull,
                Work work,
                const std::stop_token& stop)
        : capacity_(capacity),
          pull_(std::move(pull)),
          work_(std::move(work)),
          forward_stop_(stop, [this] { stop_.request_stop(); }) {
        threads_.reserve(workers);
        for (std::size_t i = 0; i < workers; ++i) {
            threads_.emplace_back([this] { run(); });
        }
    }
    OrderedPool(const OrderedPool&) = delete;
    OrderedPool& operator=(const OrderedPool&) = delete;
    OrderedPool(OrderedPool&&) = delete;
    OrderedPool& operator=(OrderedPool&&) = delete;
    ~OrderedPool() { stop_.request_stop(); }

    /// Waits until the next outcome can be taken, all is over, or `patience` has passed.
    [[nodiscard]] State wait(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop_.get_token(), patience,
                          [this] { return failure_ || is_ready() || is_over(); });
        if (failure_) {
            std::rethrow_exception(failure_);
        }
        if (stop_.stop_requested()) {
            return State::kEnd;
        }
        if (is_ready()) {
            return State::kReady;
        }
        return is_over() ? State::kEnd : State::kWaiting;
    }

    /// The next outcome in order, if it is there already.
    [[nodiscard]] std::optional<Outcome> take() {
        const std::lock_guard lock(mutex_);
        const auto first = finished_.find(taken_);
        if (first == finished_.end()) {
            return std::nullopt;
        }
        std::optional<Outcome> outcome(std::move(first->second));
        finished_.erase(first);
        ++taken_;
        changed_.notify_all();
        return outcome;
    }

  private:
    [[nodiscard]] bool is_ready() const { return finished_.contains(taken_); }
    [[nodiscard]] bool is_over() const { return is_exhausted_ && taken_ == pulled_; }

    void run() {
        try {
            while (const auto task = pull_next()) {
                Outcome outcome = work_(std::move(task->second), stop_.get_token());
                const std::lock_guard lock(mutex_);
                finished_.emplace(task->first, std::move(outcome));
                changed_.notify_all();
            }
        } catch (...) {
            // Not swallowed: the consumer gets it from `wait`.
            const std::lock_guard lock(mutex_);
            failure_ = std::current_exception();
            changed_.notify_all();
        }
    }

    [[nodiscard]] std::optional<std::pair<std::uint64_t, Task>> pull_next() {
        const std::lock_guard turn(pull_turn_);
        {
            std::unique_lock lock(mutex_);
            const bool may_pull = changed_.wait(lock, stop_.get_token(), [this] {
                return is_exhausted_ || pulled_ - taken_ < capacity_;
            });
            if (!may_pull || is_exhausted_ || stop_.stop_requested()) {
                return std::nullopt;
            }
        }
        std::optional<Task> task = pull_(stop_.get_token());
        const std::lock_guard lock(mutex_);
        if (!task) {
            is_exhausted_ = true;
            changed_.notify_all();
            return std::nullopt;
        }
        return std::pair{pulled_++, std::move(*task)};
    }

    const std::size_t capacity_;
    const Pull pull_;
    const Work work_;
    std::stop_source stop_;
    std::stop_callback<std::function<void()>> forward_stop_;

    std::mutex pull_turn_;
    std::mutex mutex_;  ///< guards all that follows but the threads
    std::condition_variable_any changed_;
    std::map<std::uint64_t, Outcome> finished_;
    std::uint64_t pulled_ = 0;
    std::uint64_t taken_ = 0;
    bool is_exhausted_ = false;
    std::exception_ptr failure_;

    std::vector<std::jthread> threads_;  ///< last: joined before anything they use is gone
};

}  // namespace refrain::cli
