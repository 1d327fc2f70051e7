#pragma once

#include <cstddef>
#include <cstdint>

#include "frame/picture.h"

namespace refrain::media {

/// What shows through transparent pixels, in each of R, G and B: black.
/// Why: docs/decisions/0002-alpha-background.md.
inline constexpr std::uint8_t kBackground = 0;

/// A borrowed picture of packed 8-bit R, G, B, A.
struct RgbaView {
    const std::uint8_t* data = nullptr;
    int width = 0;
    int height = 0;
    std::ptrdiff_t stride_bytes = 0;
};

enum class AlphaKind {
    kStraight,       ///< colours as they would be without transparency
    kPremultiplied,  ///< colours already multiplied by alpha
};

/// Composites `picture` on kBackground into `into`, whose size and memory follow.
///
/// Thread safety: pure function.
void composite(const RgbaView& picture, AlphaKind kind, frame::RgbImage& into);

}  // namespace refrain::media
