#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/hamming_kernels.h"

namespace refrain::index {

/// One half, 128 bits, of each of eight codes. `words[w][i]` is word w of this half of code i, so
/// that one vector instruction works on eight codes.
struct alignas(64) HalfBlock {
    static constexpr std::size_t kCodes = 8;
    std::uint64_t words[2][kCodes] = {};
};

/// Consecutive codes as two arrays of half blocks: one with words 0 and 1, one with words 2 and 3.
///
/// Unrelated codes differ in about 64 bits of each half. With a small radius the first half nearly
/// always decides, and the second array is not even read.
struct FlatTile {
    const HalfBlock* front = nullptr;
    const HalfBlock* back = nullptr;
    std::size_t codes = 0;    ///< the last block may hold fewer than eight
    std::uint32_t first = 0;  ///< position of the first code
};

/// A query on its way through tiles.
struct FlatQuery {
    Hash256 code;
    int radius = 0;  ///< 0..256
    std::vector<Near>* found = nullptr;
};

/// The scan over interleaved codes for one instruction set.
///
/// Thread safety: pure functions.
struct FlatKernels {
    /// Queries that share what is loaded.
    static constexpr std::size_t kQueries = 4;

    const char* name = "";
    /// Appends to each query's `found`, in order of position, what lies within its radius.
    ///
    /// @param queries  1..kQueries
    void (*scan)(const FlatTile& tile, std::span<const FlatQuery> queries) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const FlatKernels& flat_kernels();

/// All kernels that this machine runs, the portable ones first, the fastest last.
[[nodiscard]] std::vector<const FlatKernels*> usable_flat_kernels();

}  // namespace refrain::index
