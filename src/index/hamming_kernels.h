#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

namespace refrain::index {

/// A code near a query, by its position in the searched array.
struct Near {
    std::uint32_t position = 0;
    std::uint16_t distance = 0;

    friend bool operator==(const Near&, const Near&) = default;
};

/// A run of 16-bit filters to look through, and what for.
struct FilterRun {
    const std::uint16_t* begin = nullptr;  ///< kFilterPadding filters beyond the run are readable
    std::uint32_t count = 0;
    std::uint32_t first_entry = 0;  ///< number of the first one
    std::uint16_t wanted = 0;
    std::uint16_t lane_mask = 0;    ///< the bits that `max_lane_bits` is about
    std::int8_t max_lane_bits = 0;  ///< that differ within `lane_mask`, >= 0
    std::int8_t max_bits = 0;       ///< that differ at all, >= 0
};

/// A vector of filters may be read past the end of a run.
inline constexpr std::size_t kFilterPadding = 32;

/// The inner loops of Hamming search, for one instruction set. All append to `found`, in order.
///
/// Thread safety: pure functions.
struct HammingKernels {
    const char* name = "";

    /// Every code within `radius` (0..256) of the query; positions count from `first`.
    void (*scan)(std::span<const Hash256> codes,
                 std::uint32_t first,
                 const Hash256& query,
                 int radius,
                 std::vector<Near>& found) = nullptr;

    /// Those of `positions` that exist and whose code is within `radius` of the query.
    void (*verify)(std::span<const Hash256> codes,
                   std::span<const std::uint32_t> positions,
                   const Hash256& query,
                   int radius,
                   std::vector<Near>& found) = nullptr;

    /// The numbers of the filters that differ in no more bits than their run allows.
    void (*match)(std::span<const FilterRun> runs, std::vector<std::uint32_t>& found) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const HammingKernels& hamming_kernels();

/// All kernels that this machine runs, for tests and benchmarks; the portable ones first, the
/// fastest last.
[[nodiscard]] std::vector<const HammingKernels*> usable_hamming_kernels();

}  // namespace refrain::index
