#pragma once

#include "refrain/result.h"

#include "frame/picture.h"
#include "local/local_features.h"

namespace refrain::fingerprint {

/// Tells which points of a picture an edited copy of it would have as well. Where few points can be
/// kept, these are the ones to keep.
///
/// A point is steady if a smaller copy of the picture has one at the same place, of the same size
/// and with nearly the same code.
///
/// Thread safety: one thread at a time. Source: docs/decisions/0055-steady-points.md.
class SteadyPoints {
  public:
    /// @param max_side  of the working picture that the features come from, pixels
    explicit SteadyPoints(int max_side);

    /// Among the points of each size, puts the steady ones first; the others keep their order. The
    /// places in the list that belong to a size stay the same, so a prefix of the list still has
    /// the same share of each size.
    ///
    /// Cost: that of extracting the smaller copy, and little more.
    void put_first(const frame::LumaView& luma, local::Features& features);

  private:
    local::Extractor smaller_;
    local::Features seen_;
};

}  // namespace refrain::fingerprint
