#pragma once

#include "refrain/result.h"

#include "frame/picture.h"
#include "local/local_features.h"

namespace refrain::fingerprint {

/// Tells which points of a picture a changed copy of it would have too: where few can be kept,
/// these are worth their bytes.
///
/// A point is steady if a smaller copy of the picture has one at the same place, of the same size
/// and with nearly the same code.
///
/// Thread safety: one thread at a time. Source: docs/decisions/0055-steady-points.md.
class SteadyPoints {
  public:
    /// @param max_side  of the working picture that the features come from, pixels
    explicit SteadyPoints(int max_side);

    /// Puts the steady points of each size before its others, which keep their order; where in the
    /// list points of a size stand stays as it is, so that a prefix has the same share of each.
    ///
    /// @error kInternal  as of Extractor::extract
    ///
    /// Cost: that of extracting the smaller copy, and little more.
    [[nodiscard]] Result<void> put_first(const frame::LumaView& luma, local::Features& features);

  private:
    local::Extractor smaller_;
    local::Features seen_;
};

}  // namespace refrain::fingerprint
