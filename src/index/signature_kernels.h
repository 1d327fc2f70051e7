#pragma once

#include <bit>
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

/// What is looked for in a run of signatures.
struct WantedSignature {
    std::uint64_t signature = 0;
    std::uint32_t limit = 0;       ///< differing bits
    std::uint64_t cell = 0;        ///< bits of the signature, see `cell_bits`
    std::uint32_t cell_limit = 0;  ///< differing bits among these

    /// Whether it is near enough to one that is within the limit.
    [[nodiscard]] bool is_in_cell(std::uint64_t known) const {
        return static_cast<std::uint32_t>(std::popcount((known ^ signature) & cell)) <= cell_limit;
    }
};

/// The inner loops of the search by signatures, for one instruction set.
///
/// Thread safety: pure functions but for what they are given.
struct SignatureKernels {
    const char* name = "";

    /// The bits of `code` that are set in `chosen`, from the lowest on: `plain_signature`, its
    /// twin, says how. At most 64 may be set.
    std::uint64_t (*gather)(const Hash256& code, const Hash256& chosen) = nullptr;

    /// Appends the signatures of the run that are near, in order.
    void (*near)(std::span<const std::uint64_t> run,
                 const WantedSignature& wanted,
                 std::vector<NearSignature>& out) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const SignatureKernels& signature_kernels();

/// All kernels that this machine runs, for tests; the portable ones first, the fastest last.
[[nodiscard]] std::vector<const SignatureKernels*> usable_signature_kernels();

}  // namespace refrain::index
