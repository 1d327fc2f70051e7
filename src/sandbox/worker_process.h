#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "refrain/result.h"
#include "refrain/sandbox.h"

#include "base/unique_fd.h"

namespace refrain::sandbox {

/// A running helper program, from the side of the program that uses it. Killed and reaped at the
/// latest by the destructor.
///
/// Thread safety: one thread at a time.
class WorkerProcess {
  public:
    /// Starts one with its end of the socket and no other descriptor, an almost empty environment
    /// and a process group of its own, so that a terminal's signals do not reach it. The kernel
    /// kills it when the calling thread ends. Copies none of the caller's memory.
    ///
    /// @error kInternal
    [[nodiscard]] static Result<WorkerProcess> spawn(const SandboxOptions& options);
    WorkerProcess(WorkerProcess&& other) noexcept;
    WorkerProcess& operator=(WorkerProcess&& other) noexcept;
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;
    ~WorkerProcess();

    [[nodiscard]] int socket() const { return socket_.get(); }
    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Kills and reaps it. @return how it had ended, for people, e.g. `killed by signal 11`
    std::string end();

    /// What it said of itself; nothing before its greeting was read.
    std::optional<SandboxReport> report;
    int media = 0;  ///< how many it has been given

  private:
    WorkerProcess() = default;

    pid_t pid_ = -1;
    base::UniqueFd handle_;  ///< of the process: its number may belong to another one day
    base::UniqueFd socket_;
};

}  // namespace refrain::sandbox
