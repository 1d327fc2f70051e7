#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "refrain/media_time.h"

#include "frame/dihedral.h"

namespace refrain::frame {

/// A borrowed picture of packed 8-bit R, G, B (full range), rows from the top.
/// Row r begins at data + r * stride_bytes and holds 3 * width bytes.
struct RgbView {
    const std::uint8_t* data = nullptr;
    int width = 0;
    int height = 0;
    std::ptrdiff_t stride_bytes = 0;

    [[nodiscard]] const std::uint8_t* row(int r) const { return data + r * stride_bytes; }
};

/// A borrowed luma plane as a decoder leaves it: not turned upright, pixels of any shape.
/// Samples of more than 8 bits take two bytes, least significant bits used, native byte order.
struct LumaView {
    const std::uint8_t* data = nullptr;
    int width = 0;
    int height = 0;
    std::ptrdiff_t stride_bytes = 0;  ///< negative for planes stored from the bottom
    int bits = 8;                     ///< of a sample, 8..16
    bool is_full_range = false;       ///< else black is 16 and white 235, scaled to `bits`
    /// What has to be done to the picture to show it upright.
    Dihedral upright;

    [[nodiscard]] const std::uint8_t* row(int r) const { return data + r * stride_bytes; }
};

/// A view of full-range samples of 8 bits, as they lie.
[[nodiscard]] inline LumaView gray_view(const std::uint8_t* data,
                                        int width,
                                        int height,
                                        std::ptrdiff_t stride_bytes) {
    return {.data = data,
            .width = width,
            .height = height,
            .stride_bytes = stride_bytes,
            .bits = 8,
            .is_full_range = true,
            .upright = {}};
}

/// A picture that owns its pixels, packed without gaps.
struct RgbImage {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> pixels;  ///< 3 * width * height bytes

    [[nodiscard]] RgbView view() const {
        return {pixels.data(), width, height, static_cast<std::ptrdiff_t>(width) * 3};
    }
};

/// The picture with pixels of its own, without gaps between rows.
[[nodiscard]] inline RgbImage packed_copy(const RgbView& picture) {
    RgbImage image{picture.width, picture.height, {}};
    const std::ptrdiff_t row_bytes = std::ptrdiff_t{3} * picture.width;
    image.pixels.reserve(static_cast<std::size_t>(row_bytes * picture.height));
    for (int r = 0; r < picture.height; ++r) {
        image.pixels.insert(image.pixels.end(), picture.row(r), picture.row(r) + row_bytes);
    }
    return image;
}

/// What is known of a decoded frame before its pixels are asked for.
struct FrameHeader {
    MediaTime time;           ///< presentation time; never before that of an earlier frame
    std::uint64_t index = 0;  ///< 0, 1, 2, ... in order of presentation
    bool is_keyframe = false;
};

}  // namespace refrain::frame
