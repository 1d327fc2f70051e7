#pragma once

#include <cstdint>
#include <vector>

#include "refrain/sandbox.h"

namespace refrain::sandbox {

/// What a worker gives up for good.
struct ConfineOptions {
    std::uint64_t memory_bytes = 0;  ///< address space
    std::uint64_t cpu_seconds = 0;
    /// For tests of what is said where the kernel has no such thing.
    bool has_landlock = true;
    bool has_seccomp = true;
};

/// Takes from this process, for good, what decoding does not need: memory and processor time over
/// a limit, new files and privileges, the file system, the network, other programs and processes.
/// To be called before the first byte of a medium, when all libraries are loaded.
///
/// @return  each layer, and whether it is in force. Nothing is an error here: who needs all of it
///          looks at the report
[[nodiscard]] std::vector<SandboxLayer> confine(const ConfineOptions& options);

/// The parts of it.
[[nodiscard]] SandboxLayer confine_by_landlock();
[[nodiscard]] SandboxLayer confine_by_seccomp();

}  // namespace refrain::sandbox
