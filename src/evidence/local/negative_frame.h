#pragma once

#include <cstddef>

#include "refrain/fingerprint.h"

namespace refrain::evidence {

/// The local features that the negative of a query's frame has at the same points: a corner stays
/// one, its direction turns by half a turn, and its code is the complement of what the picture
/// shows in that direction. Read from the frame's small picture.
///
/// @param finest  points smaller than this in the small picture are left out, as a multiple of its
///                finest size, >= 1
/// @param most    points to give, the most telling first
/// @return        no points where the frame has no small picture; without the picture itself
///
/// Cost: a blur of the small picture shrunk by `finest`, some 5 ns a pixel for all sizes together,
/// and 0.5 us a point. Thread safety: pure function.
[[nodiscard]] LocalFrame negative_of(const LocalFrame& frame, double finest, std::size_t most);

}  // namespace refrain::evidence
