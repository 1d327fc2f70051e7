#include "server/timers.h"

#include <utility>

namespace refrain::server {

Timers::Timers() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

Timers::~Timers() = default;

void Timers::after(Clock::duration delay, std::function<void()> call) {
    {
        const std::scoped_lock lock(mutex_);
        calls_.emplace(Clock::now() + delay, std::move(call));
    }
    changed_.notify_all();
}

void Timers::every(Clock::duration period, std::function<void()> call) {
    after(period, [this, period, call = std::move(call)] {
        call();
        every(period, call);
    });
}

void Timers::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (calls_.empty()) {
            changed_.wait(lock, stop, [this] { return !calls_.empty(); });
            continue;
        }
        const auto due = calls_.begin()->first;
        if (due > Clock::now()) {
            changed_.wait_until(lock, stop, due,
                                [&] { return calls_.empty() || calls_.begin()->first < due; });
            continue;
        }
        std::function<void()> call = std::move(calls_.begin()->second);
        calls_.erase(calls_.begin());
        lock.unlock();
        call();
        call = nullptr;
        lock.lock();
    }
}

}  // namespace refrain::server
