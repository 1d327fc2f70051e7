#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>

namespace refrain::server {

/// Calls functions at a later time, on one thread of its own. What is to be called must be short.
/// Thread safety: safe to share.
class Timers {
  public:
    using Clock = std::chrono::steady_clock;

    Timers();
    Timers(const Timers&) = delete;
    Timers& operator=(const Timers&) = delete;
    /// What has not been called is not called any more.
    ~Timers();

    void after(Clock::duration delay, std::function<void()> call);
    /// Every so often, first after one period.
    void every(Clock::duration period, std::function<void()> call);

  private:
    void run(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::multimap<Clock::time_point, std::function<void()>> calls_;
    std::jthread thread_;  ///< last: joined first
};

}  // namespace refrain::server
