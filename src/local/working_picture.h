#pragma once

#include <cstdint>
#include <vector>

#include "frame/picture.h"
#include "local/plane.h"

namespace refrain::local {

/// Makes the picture that points are searched in: upright, 8 bits, full range, its long side at
/// most `max_side`, shrunk by area means and never enlarged.
///
/// Cost: one pass over the plane. Thread safety: one thread at a time.
class WorkingPicture {
  public:
    /// Replaces `out` but leaves its margin undefined.
    void make(const frame::LumaView& luma, int max_side, Plane& out);

  private:
    std::vector<std::uint64_t> sums_;
    std::vector<std::uint8_t> small_;
};

}  // namespace refrain::local
