#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace refrain::corpus {

/// A thread that takes changes of the log over as soon as they are committed, so that the next
/// look-up finds them taken over.
///
/// It holds no queue: a change only says that there is something to do, and one round takes over
/// all that there is. What a round could not do is left to the next look-up, which then has the
/// error.
///
/// Cost: nothing before the first `wake`; after it one thread that sleeps. The destructor ends the
/// round that is running, within a step, and joins the thread. Thread safety: safe to share.
class Follower {
  public:
    /// One round. It ends soon after a stop is requested, and throws nothing.
    using Round = std::function<void(const std::stop_token& stop)>;

    explicit Follower(Round round) : round_(std::move(round)) {}

    /// Something was committed. Begins the thread when called first, and returns at once.
    void wake();

  private:
    void run(const std::stop_token& stop);

    Round round_;
    std::mutex mutex_;  ///< guards what follows; not held during a round
    std::condition_variable_any woken_;
    bool is_woken_ = false;
    std::jthread thread_;  ///< last, so that it ends first
};

}  // namespace refrain::corpus
