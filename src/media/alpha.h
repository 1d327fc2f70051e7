#pragma once

#include <cstddef>
#include <cstdint>

#include "frame/picture.h"
#include "media/frame_reader.h"

namespace refrain::media {

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

/// Composites `picture` on `ground` into `into`, whose size and memory follow.
///
/// @return how much of the result is ground: 0 where all is opaque, 1 where nothing is to be seen
///
/// Thread safety: pure function.
double composite(const RgbaView& picture, AlphaKind kind, Ground ground, frame::RgbImage& into);

/// Whether so much of a picture is ground that it may look like another picture on another ground.
/// Source: docs/decisions/0002-alpha-background.md.
[[nodiscard]] bool is_shown(double ground_share);

}  // namespace refrain::media
