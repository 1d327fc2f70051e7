#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "refrain/result.h"
#include "refrain/sandbox.h"

#include "sandbox/worker_process.h"

namespace refrain::sandbox {

/// Starts workers, lends each to one medium at a time and keeps it for the next.
///
/// One thread starts them all, since the kernel ends a worker together with the thread that
/// started it. Processes: at most `max_workers`; one that is asked for beyond them waits.
///
/// Thread safety: safe to share.
class WorkerPool {
  public:
    /// @param options  with a worker that exists and `max_workers` above 0
    explicit WorkerPool(SandboxOptions options);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    WorkerPool(WorkerPool&&) = delete;
    WorkerPool& operator=(WorkerPool&&) = delete;
    /// Ends and reaps all workers.
    ~WorkerPool();

    [[nodiscard]] const SandboxOptions& options() const { return options_; }

    /// A worker that has been idle, or a new one. @error kCancelled, kInternal
    [[nodiscard]] Result<WorkerProcess> borrow(const std::stop_token& stop);
    /// A worker that waits for its next medium.
    void give_back(WorkerProcess worker);
    /// Says that a borrowed worker is no more. @param why  none: it was ended before its time, and
    /// nothing had happened to it
    void count_lost(std::optional<ErrorCode> why);

    [[nodiscard]] SandboxCounts counts() const;

    /// Starts one more, to be there when it is asked for. Does not wait.
    void warm_up();

  private:
    void start_workers(const std::stop_token& stop);

    const SandboxOptions options_;

    mutable std::mutex mutex_;  ///< guards what follows, but the thread
    std::condition_variable_any changed_;
    std::vector<WorkerProcess> idle_;  ///< the one used last is used next: it is warm
    std::deque<Error> failures_;       ///< of starts, one for each that waits for one
    SandboxCounts counts_;             ///< `running`: idle, borrowed or about to be started
    std::size_t wished_ = 0;           ///< starts that the thread has not made yet

    std::jthread starter_;  ///< last: joined before anything it uses is gone
};

}  // namespace refrain::sandbox
