#pragma once

#include <cstdint>
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
    frame::CellSums sums_;
    std::vector<std::uint8_t> small_;
    Plane before_;  ///< a doubling
};

}  // namespace refrain::local
