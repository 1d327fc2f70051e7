#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

namespace refrain::index {

/// A signature near one that is asked for.
struct NearSignature {
    std::uint32_t position = 0;  ///< in the run
    std::uint32_t distance = 0;  ///< differing bits

    friend bool operator==(const NearSignature&, const NearSignature&) = default;
};

/// The inner loops of the search by signatures, for one instruction set.
///
/// Thread safety: pure functions but for what they are given.
struct SignatureKernels {
    const char* name = "";

    /// The bits of `code` that are set in `chosen`, from the lowest on: `plain_signature`, its
    /// twin, says how. At most 64 may be set.
    std::uint64_t (*gather)(const Hash256& code, const Hash256& chosen) = nullptr;

    /// Appends the signatures of the run that differ in at most `limit` bits, in order.
    void (*near)(std::span<const std::uint64_t> run,
                 std::uint64_t signature,
                 std::uint32_t limit,
                 std::vector<NearSignature>& out) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const SignatureKernels& signature_kernels();

/// All kernels that this machine runs, for tests; the portable ones first, the fastest last.
[[nodiscard]] std::vector<const SignatureKernels*> usable_signature_kernels();

}  // namespace refrain::index
