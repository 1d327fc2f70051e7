#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace refrain::frame {

/// The cells of a row that each cover up to three columns: where they begin, and what share of each
/// column counts, in 1/256.
struct ShortCells {
    std::vector<std::int32_t> first;  ///< rising
    std::vector<std::uint32_t> shares[3];
};

/// The loop of `CellSums` over a row of short cells, for one instruction set; the same results from
/// all, bit for bit.
///
/// Thread safety: pure functions.
struct CellKernels {
    /// So many sums of columns behind the last one may be read.
    static constexpr std::size_t kReadBeyond = 32;

    const char* name = "";
    /// cells[i] = what the columns of cell i add up to, below 2^32.
    void (*add_short)(const std::uint32_t* sums,
                      const ShortCells& short_cells,
                      std::uint64_t* cells) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const CellKernels& cell_kernels();

/// All kernels that this machine runs: the plain twin first, the fastest last.
[[nodiscard]] std::vector<const CellKernels*> usable_cell_kernels();

}  // namespace refrain::frame
