#pragma once

#include <array>

#include "refrain/hash256.h"

#include "local/plane.h"

namespace refrain::local {

/// A level blurred by 1, 2 and 4 taps' spacing in turn.
inline constexpr std::size_t kBlurs = 3;
using BlurredLevel = std::array<Plane, kBlurs>;

/// Samples from a point to the furthest that its code looks at; the rest of the way beyond the
/// edge that `kEdgeDistance` leaves is in the planes' margin.
inline constexpr int kTestReach = 24;

/// The code of a point of a level: bit i is whether the first sample of test i is brighter than the
/// second, bit i + 128 the same about their mirror images on the other side of the direction
/// `angle` (radians, any). What `mirrored` does follows from that.
///
/// Cost: 512 samples. Thread safety: pure function.
[[nodiscard]] Hash256 binary_code(const BlurredLevel& level, int x, int y, float angle);

/// The same from the definition, one test after the other.
[[nodiscard]] Hash256 binary_code_plain(const BlurredLevel& level, int x, int y, float angle);

}  // namespace refrain::local
