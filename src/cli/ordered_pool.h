#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iterator>
#include <limits>
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
/// finished outcomes from being taken. At most `capacity.tasks` tasks are pulled and not yet taken,
/// and none is pulled while finished outcomes weigh `capacity.weight` or more: memory is that
/// weight and an outcome a worker. An exception in a worker comes out of `wait`.
///
/// Thread safety: `pull` is called by one worker at a time, `work` by several at once; `wait`,
/// `wait_for_more` and `take` belong to one consumer. The destructor asks the workers to stop and
/// joins them.
template <typename Task, typename Outcome>
class OrderedPool {
  public:
    /// The next task, or nothing at the end; must return soon after a stop was requested.
    using Pull = std::function<std::optional<Task>(const std::stop_token&)>;
    using Work = std::function<Outcome(Task, const std::stop_token&)>;
    using Weigh = std::function<std::size_t(const Outcome&)>;

    enum class State { kReady, kWaiting, kEnd };

    struct Capacity {
        std::size_t tasks = 1;  ///< >= workers
        std::size_t weight = std::numeric_limits<std::size_t>::max();
        Weigh weigh = nullptr;  ///< what an outcome weighs, cheap; none: nothing
    };

    /// @param workers   >= 1
    /// @param stop      ends the pool from outside; `wait` then says kEnd
    OrderedPool(std::size_t workers,
                Capacity capacity,
                Pull pull,
                Work work,
                const std::stop_token& stop)
        : capacity_(std::move(capacity)),
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

    /// Waits, when an outcome can be taken, for as many in a row as `wanted`: at most for
    /// `patience`, and no longer than any are to come.
    void wait_for_more(std::size_t wanted, std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop_.get_token(), patience, [this, wanted] {
            const bool is_all = is_exhausted_ && pulled_ - taken_ == finished_.size();
            const bool is_full = waiting_weight_ >= capacity_.weight;
            return failure_ || is_all || is_full || ready_in_a_row(wanted);
        });
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
        waiting_weight_ -= weight_of(*outcome);
        ++taken_;
        changed_.notify_all();
        return outcome;
    }

  private:
    [[nodiscard]] bool is_ready() const { return finished_.contains(taken_); }
    [[nodiscard]] bool is_over() const { return is_exhausted_ && taken_ == pulled_; }
    [[nodiscard]] bool ready_in_a_row(std::size_t wanted) const {
        // The first `wanted` outcomes are there where the wanted-th in order has the ordinal due.
        if (finished_.size() < wanted) {
            return false;
        }
        return std::next(finished_.begin(), static_cast<std::ptrdiff_t>(wanted) - 1)->first ==
               taken_ + wanted - 1;
    }
    [[nodiscard]] std::size_t weight_of(const Outcome& outcome) const {
        return capacity_.weigh ? capacity_.weigh(outcome) : 0;
    }

    void run() {
        try {
            while (const auto task = pull_next()) {
                Outcome outcome = work_(std::move(task->second), stop_.get_token());
                const std::lock_guard lock(mutex_);
                waiting_weight_ += weight_of(outcome);
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
                return is_exhausted_ ||
                       (pulled_ - taken_ < capacity_.tasks && waiting_weight_ < capacity_.weight);
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

    const Capacity capacity_;
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
    std::size_t waiting_weight_ = 0;
    bool is_exhausted_ = false;
    std::exception_ptr failure_;

    std::vector<std::jthread> threads_;  ///< last: joined before anything they use is gone
};

}  // namespace refrain::cli
