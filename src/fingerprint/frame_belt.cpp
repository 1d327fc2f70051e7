#include "fingerprint/frame_belt.h"

#include <utility>

namespace refrain::fingerprint {

FrameBelt::FrameBelt(std::size_t capacity, Consumer consumer)
    : capacity_(capacity), consumer_(std::move(consumer)), thread_([this] { run(); }) {}

FrameBelt::~FrameBelt() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    is_ended_ = true;
    has_work_.notify_one();
}

void FrameBelt::push(LumaFrame frame) {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return failure_ || waiting_.size() < capacity_; });
    if (failure_) {
        std::rethrow_exception(failure_);
    }
    waiting_.push_back(std::move(frame));
    has_work_.notify_one();
}

void FrameBelt::finish() {
    {
        const std::lock_guard lock(mutex_);
        is_ended_ = true;
        has_work_.notify_one();
    }
    thread_.join();
    if (failure_) {
        std::rethrow_exception(failure_);
    }
}

void FrameBelt::run() {
    try {
        while (true) {
            LumaFrame frame;
            {
                std::unique_lock lock(mutex_);
                has_work_.wait(lock, [this] { return is_ended_ || !waiting_.empty(); });
                if (waiting_.empty()) {
                    return;
                }
                frame = std::move(waiting_.front());
                waiting_.pop_front();
            }
            has_room_.notify_one();
            consumer_(frame.header, frame.luma);
        }
    } catch (...) {
        // Not swallowed: the producer gets it from `push` or `finish`.
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        has_room_.notify_one();
    }
}

}  // namespace refrain::fingerprint
