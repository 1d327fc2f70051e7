#pragma once

#include "refrain/fingerprinter.h"
#include "refrain/result.h"

#include "sandbox/job_request.h"
#include "sandbox/worker_exchange.h"

namespace refrain::sandbox {

/// Largest record that a worker may send: more than any medium within the default limits has.
inline constexpr std::size_t kMostRecordBytes = std::size_t{512} << 20U;
inline constexpr std::size_t kMostTextBytes = std::size_t{64} << 10U;

/// The fingerprint of a kRun message, provided that an honest worker may have made it for this
/// request: a sound record, of the digest that was asked for, within the limits, with the parts
/// that the options ask for.
///
/// @error kDecoderCrashed  says what does not fit
[[nodiscard]] Result<FingerprintRun> read_run(const Message& message, const Request& request);

/// The error of a kError message. An honest worker sends no other codes than those about a medium.
/// The message is cut to one line. @return kDecoderCrashed for any other
[[nodiscard]] Error read_error(const Message& message);

/// Text of a worker as one line of bounded length, without control characters.
[[nodiscard]] std::string one_line(std::string text);

}  // namespace refrain::sandbox
