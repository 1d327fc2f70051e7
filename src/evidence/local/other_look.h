#pragma once

#include <cstddef>

#include "refrain/fingerprint.h"

namespace refrain::evidence {

/// How a query may show a known picture so that its codes differ throughout.
struct OtherLook {
    bool is_negative = false;
    /// By how much the query has to be squeezed to show the known picture in its own proportions,
    /// 0.5..1.
    double across = 1;
    double down = 1;
};

/// The local features that a frame of a query would have without what was done to it: in its
/// negative a corner stays one, its direction turns by half a turn, and its code is the complement
/// of what the picture shows in that direction; where it was stretched, corners stay corners, and
/// direction and code are those of the squeezed picture. Read from the frame's small picture.
///
/// @param finest  points smaller than this in the small picture are left out, as a multiple of its
///                finest size, >= 1
/// @param most    points to give, the most telling first
/// @return        a frame of the squeezed size without the picture; no points where the frame has
///                no small picture
///
/// Cost: a blur of the small picture shrunk by `finest`, some 5 ns a pixel for all sizes together,
/// and 0.5 us a point. Thread safety: pure function.
/// Source: docs/decisions/0073-other-looks.md.
[[nodiscard]] LocalFrame seen_as(const LocalFrame& frame,
                                 const OtherLook& look,
                                 double finest,
                                 std::size_t most);

}  // namespace refrain::evidence
