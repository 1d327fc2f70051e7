#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "frame/cell_sums.h"
#include "frame/picture.h"
#include "local/plane.h"

namespace refrain::local {

/// Below it the place of a corner is known too coarsely for its size, and few levels fit.
inline constexpr int kMinLongSide = 256;

/// Makes the picture that points are searched in: upright, 8 bits, full range, its long side at
/// most `max_side`, shrunk by area means; or, where that side is short, doubled until it is at
/// least kMinLongSide or another doubling would exceed `max_side`.
///
/// Cost: one pass over the plane. Thread safety: one thread at a time.
class WorkingPicture {
  public:
    /// Replaces `out`, but leaves its margin undefined.
    void make(const frame::LumaView& luma, int max_side, Plane& out);

  private:
    /// Of each column, for rows of equal shares: black, and a half and a quarter of what lies
    /// between black and white.
    struct ColumnWeights {
        std::uint64_t row_shares = 0;
        std::vector<std::int32_t> blacks;
        std::vector<double> halves;
        std::vector<double> quarters;
    };

    void shrink(const frame::LumaView& luma, int width, int height);
    [[nodiscard]] const ColumnWeights& weights_of(std::uint64_t row_shares,
                                                  const frame::LumaRange& range);
    static void level_row(std::span<const std::uint64_t> sums,
                          const ColumnWeights& weights,
                          std::uint8_t* samples);

    frame::CellSums sums_;
    std::vector<std::uint8_t> small_;
    std::array<ColumnWeights, 4> weights_;
    std::size_t weights_used_ = 0;
    Plane before_;  ///< a doubling
};

}  // namespace refrain::local
