#pragma once

#include <cstdint>
#include <functional>

#include "refrain/fingerprinter.h"
#include "refrain/result.h"

#include "sandbox/job_request.h"
#include "sandbox/protocol.h"
#include "sandbox/worker/confine.h"

namespace refrain::sandbox {

/// What a worker is started with.
struct WorkerOptions {
    std::uint64_t memory_bytes = 0;
    std::uint64_t cpu_seconds = 0;
};

/// Reads the words that `WorkerProcess::spawn` writes. @error kInvalidArgument
[[nodiscard]] Result<WorkerOptions> read_words(int argc, char** argv);

/// Called with each medium; what it answers goes out over the socket.
using ServeMedium = std::function<void(Kind kind, const Request& request, int descriptor)>;

/// What a worker does with a medium: fingerprint it, or read its pictures.
void serve_medium(Kind kind, const Request& request, int descriptor);

/// Loads what decoding needs, confines the process, greets, and serves one medium after the other
/// until the program closes its end. The kernel kills the process when the program dies.
///
/// @return the exit code
[[nodiscard]] int run_worker(const ConfineOptions& options, const ServeMedium& serve);

}  // namespace refrain::sandbox
