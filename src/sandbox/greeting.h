#pragma once

#include <string>
#include <vector>

#include "refrain/result.h"
#include "refrain/sandbox.h"

namespace refrain::sandbox {

class WorkerExchange;

/// The body of a greeting: `name<TAB>1 or 0<TAB>detail`, a line for each layer.
[[nodiscard]] std::string encode_layers(const std::vector<SandboxLayer>& layers);

/// Waits for a worker's greeting. @error kDecoderCrashed, kTimeout, kCancelled, kInternal (of
/// another build)
[[nodiscard]] Result<SandboxReport> receive_greeting(WorkerExchange& exchange);

/// The layers that are not in force, and why, as one line.
[[nodiscard]] std::string what_is_missing(const SandboxReport& report);

}  // namespace refrain::sandbox
