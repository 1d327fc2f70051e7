#pragma once

#include <functional>

#include "refrain/fingerprinter.h"
#include "refrain/result.h"

#include "frame/picture.h"
#include "sandbox/job_request.h"
#include "sandbox/worker_pool.h"

namespace refrain::sandbox {

/// Longer side of a picture that a worker may send, pixels.
inline constexpr int kMostPictureSide = 640;

/// Has a worker of the pool fingerprint a medium. Errors as `Sandbox::fingerprint`.
[[nodiscard]] Result<FingerprintRun> run_fingerprint(WorkerPool& pool,
                                                     int descriptor,
                                                     const Request& request,
                                                     const RunControl& control);

/// Has a worker read the pictures that a part of a medium shows at some times, at kMostPictureSide.
///
/// @param take  gets each picture with the time that was asked for
/// @return      why some are missing; empty: none is
/// @error       as `Sandbox::fingerprint`
[[nodiscard]] Result<std::string> run_pictures(
    WorkerPool& pool,
    int descriptor,
    const Request& request,
    const std::stop_token& stop,
    const std::function<void(MediaTime, frame::RgbImage)>& take);

/// Waits for the greeting of a worker and gives its report. @error kInternal, kCancelled
[[nodiscard]] Result<SandboxReport> read_report(WorkerPool& pool);

}  // namespace refrain::sandbox
