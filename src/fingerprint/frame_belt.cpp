#include "fingerprint/frame_belt.h"

#include <system_error>
#include <utility>

namespace refrain::fingerprint {

FrameBelt::FrameBelt(std::size_t capacity, Consumer consumer)
    : capacity_(capacity), consumer_(std::move(consumer)) {
    try {
        thread_ = std::jthread([this] { run(); });
    } catch (const std::system_error&) {  // no thread to be had: `push` does its work
    }
}

FrameBelt::~FrameBelt() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
    is_ended_ = true;
    has_work_.notify_one();
}

Result<void> FrameBelt::outcome() const {
    if (thrown_) {
        std::rethrow_exception(thrown_);
    }
    return error_ ? Result<void>(*error_) : Result<void>();
}

Result<void> FrameBelt::push(LumaFrame frame) {
    if (!thread_.joinable()) {
        return consumer_(frame.header, frame.luma);
    }
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return has_failed() || waiting_.size() < capacity_; });
    if (has_failed()) {
        return outcome();
    }
    waiting_.push_back(std::move(frame));
    has_work_.notify_one();
    return {};
}

Result<void> FrameBelt::finish() {
    {
        const std::lock_guard lock(mutex_);
        is_ended_ = true;
        has_work_.notify_one();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
    return outcome();
}

void FrameBelt::run() {
    std::optional<Error> error;
    std::exception_ptr thrown;
    try {
        while (!error) {
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
            if (Result<void> consumed = consumer_(frame.header, frame.luma); !consumed) {
                error = consumed.error();
            }
        }
    } catch (...) {
        // Not swallowed: the producer gets it from `push` or `finish`.
        thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    thrown_ = std::move(thrown);
    has_room_.notify_one();
}

}  // namespace refrain::fingerprint
