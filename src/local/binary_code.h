#pragma once

#include <array>

#include "refrain/hash256.h"

#include "local/plane.h"

namespace refrain::local {

/// A level blurred by 1, 2 and 4 taps' spacing in turn.
inline constexpr std::size_t kBlurs = 3;
using BlurredLevel = std::array<Plane, kBlurs>;

/// How far from its point a code looks, in samples. Near an edge this reaches beyond the picture by
/// up to kTestReach - kEdgeDistance, into the margin of the planes.
inline constexpr int kTestReach = 24;

/// The code of a point of a level. Test i compares two samples: bit i says whether the first one is
/// brighter. Bit i + 128 says the same of their mirror images about the line through the point in
/// direction `angle` (radians, any). So `mirrored` only has to exchange the two halves of a code.
///
/// Cost: 512 samples. Thread safety: pure function.
[[nodiscard]] Hash256 binary_code(const BlurredLevel& level, int x, int y, float angle);

/// The same from the definition, one test after the other.
[[nodiscard]] Hash256 binary_code_plain(const BlurredLevel& level, int x, int y, float angle);

}  // namespace refrain::local
