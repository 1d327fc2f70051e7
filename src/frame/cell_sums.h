#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "frame/cell_kernels.h"
#include "frame/picture.h"

namespace refrain::frame {

/// The samples that full black and full white have in a luma plane.
struct LumaRange {
    std::int64_t black = 0;
    std::int64_t white = 255;
};
[[nodiscard]] LumaRange range_of(const LumaView& luma);

/// Shrinks luma planes by area means: lays a grid of equal cells over a plane and adds up the
/// samples in each cell, those on an edge in part. The caller divides each sum by its weight.
///
/// Edges lie at multiples of 1/256 of a sample, symmetric about the middle of each side, so that a
/// mirrored picture has mirrored sums. The plane is taken as it lies: `LumaView::upright` is left
/// to the caller. Sums are whole numbers and exact.
///
/// Example, the mean of every cell of a grid of 64 x 64:
///
///     sums.lay(luma, 64, 64);
///     for (int r = 0; r < 64; ++r) {
///         const std::span<const std::uint64_t> row = sums.row(r);
///         for (int c = 0; c < 64; ++c) mean(r, c) = double(row[c]) / sums.weight(r, c);
///     }
///
/// Cost: one pass over the plane; no allocation unless the plane or the grid is larger than all
/// before. Memory: two rows of sums. Thread safety: one thread at a time.
class CellSums {
  public:
    /// Takes a plane and a grid. The plane is borrowed until the last call of `row`.
    ///
    /// @param columns, rows  of the grid, 1..256 times the plane's width and height
    void lay(const LumaView& luma, int columns, int rows);

    /// The sums of a row of cells, from the left: samples times their share of the cell, in
    /// 1/65536. Valid until the next call.
    [[nodiscard]] std::span<const std::uint64_t> row(int r);

    /// The shares of all samples of a cell together, in 1/65536.
    [[nodiscard]] std::uint64_t weight(int r, int c) const {
        return row_shares(r) * column_shares(c);
    }
    /// The shares of the samples along one side of a cell together, in 1/256.
    [[nodiscard]] std::uint64_t row_shares(int r) const {
        return rows_[static_cast<std::size_t>(r)].shares();
    }
    [[nodiscard]] std::uint64_t column_shares(int c) const {
        return columns_[static_cast<std::size_t>(c)].shares();
    }
    [[nodiscard]] int columns() const { return static_cast<int>(columns_.size()); }
    /// Of all cells.
    [[nodiscard]] std::uint64_t largest_weight() const { return tallest_ * widest_; }

  private:
    /// Shares of a sample are kept in 1/256: with 16-bit samples and 65535 rows a sum fits into 64
    /// bits.
    static constexpr std::uint64_t kWhole = 256;

    /// The samples along one side that make up one cell, and how much of the outer two counts.
    struct Cell {
        int first = 0;
        int last = 0;  ///< inclusive
        std::uint32_t first_share = 0;
        std::uint32_t last_share = 0;  ///< of the only sample, too, where there is one

        [[nodiscard]] std::uint64_t shares() const {
            return last == first ? first_share
                                 : std::uint64_t{first_share} + last_share +
                                       kWhole * static_cast<std::uint64_t>(last - first - 1);
        }
    };
    /// @return the shares of the largest cell
    static std::uint64_t cut(int samples, int cells, std::vector<Cell>& out);

    [[nodiscard]] bool set_short_cells();
    void add_band_of_bytes(const Cell& band);
    template <typename Sample>
    void add_band(const Cell& band);
    template <typename Sum>
    void add_columns(std::span<const Sum> sums);
    [[nodiscard]] std::span<std::uint32_t> narrow_sums() {
        return std::span(narrow_).first(static_cast<std::size_t>(luma_.width));
    }

    LumaView luma_;
    std::vector<Cell> rows_;
    std::vector<Cell> columns_;
    std::uint64_t tallest_ = 0;  ///< shares of the tallest row of cells
    std::uint64_t widest_ = 0;
    bool is_narrow_ = false;  ///< 32 bits hold the sum of a column over any band
    bool is_short_ = false;   ///< and those of cells, which cover three columns at most
    ShortCells short_cells_;  ///< if so

    // Sums of the columns of a band, in 1/256 of a sample.
    std::vector<std::uint32_t> narrow_;  ///< with room for what kernels read beyond
    std::vector<std::uint64_t> wide_;
    std::vector<std::uint16_t> whole_;   ///< of rows of bytes that count in full, in samples
    std::vector<std::uint64_t> before_;  ///< the sums of all columns before each
    std::vector<std::uint64_t> cells_;
};

}  // namespace refrain::frame
