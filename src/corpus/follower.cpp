#include "corpus/follower.h"

#include <system_error>

namespace refrain::corpus {

void Follower::wake() {
    const std::scoped_lock lock(mutex_);
    is_woken_ = true;
    if (!thread_.joinable()) {
        try {
            thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
        } catch (const std::system_error&) {
            return;  // without a thread look-ups do it themselves, and the next call tries again
        }
    }
    woken_.notify_one();
}

void Follower::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (woken_.wait(lock, stop, [&] { return is_woken_; })) {
        is_woken_ = false;
        lock.unlock();
        round_(stop);
        lock.lock();
    }
}

}  // namespace refrain::corpus
