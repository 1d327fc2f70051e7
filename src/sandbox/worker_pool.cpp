#include "sandbox/worker_pool.h"

#include <utility>

namespace refrain::sandbox {

WorkerPool::WorkerPool(SandboxOptions options)
    : options_(std::move(options)),
      starter_([this](const std::stop_token& stop) { start_workers(stop); }) {}

WorkerPool::~WorkerPool() {
    starter_.request_stop();
    starter_.join();
    const std::lock_guard lock(mutex_);
    idle_.clear();
}

void WorkerPool::start_workers(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return wished_ > 0; })) {
        --wished_;
        lock.unlock();
        Result<WorkerProcess> worker = WorkerProcess::spawn(options_);
        lock.lock();
        if (worker) {
            ++counts_.started;
            idle_.push_back(std::move(worker).value());
        } else {
            --counts_.running;
            failures_.push_back(worker.error());
        }
        changed_.notify_all();
    }
    // The workers end before the thread that started them does.
    idle_.clear();
}

Result<WorkerProcess> WorkerPool::borrow(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    failures_.clear();
    for (;;) {
        if (!idle_.empty()) {
            WorkerProcess worker = std::move(idle_.back());
            idle_.pop_back();
            return worker;
        }
        if (!failures_.empty()) {
            Error error = std::move(failures_.front());
            failures_.pop_front();
            return error;
        }
        const auto may_start = [this] {
            return wished_ == 0 && counts_.running < static_cast<std::size_t>(options_.max_workers);
        };
        if (may_start()) {
            ++counts_.running;
            ++wished_;
            changed_.notify_all();
        }
        const bool is_there = changed_.wait(
            lock, stop, [&] { return !idle_.empty() || !failures_.empty() || may_start(); });
        if (!is_there && stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while waiting for a worker"};
        }
    }
}

void WorkerPool::give_back(WorkerProcess worker) {
    const bool is_used_up = worker.media >= options_.media_per_worker;
    if (is_used_up) {
        worker.end();
    }
    const std::lock_guard lock(mutex_);
    if (is_used_up) {
        --counts_.running;
    } else {
        idle_.push_back(std::move(worker));
    }
    changed_.notify_all();
}

void WorkerPool::count_lost(std::optional<ErrorCode> why) {
    const std::lock_guard lock(mutex_);
    --counts_.running;
    counts_.crashed += why == ErrorCode::kDecoderCrashed ? 1U : 0U;
    counts_.timed_out += why == ErrorCode::kTimeout ? 1U : 0U;
    counts_.cancelled += why == ErrorCode::kCancelled ? 1U : 0U;
    changed_.notify_all();
}

SandboxCounts WorkerPool::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

void WorkerPool::warm_up() {
    const std::lock_guard lock(mutex_);
    if (counts_.running < static_cast<std::size_t>(options_.max_workers)) {
        ++counts_.running;
        ++wished_;
        changed_.notify_all();
    }
}

}  // namespace refrain::sandbox
