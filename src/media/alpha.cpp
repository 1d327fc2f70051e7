#include "media/alpha.h"

#include <algorithm>

namespace refrain::media {
namespace {

/// a * b / 255, rounded to the nearest.
unsigned scaled(unsigned a, unsigned b) { return (a * b + 127U) / 255U; }

}  // namespace

void composite(const RgbaView& picture, AlphaKind kind, frame::RgbImage& into) {
    into.width = picture.width;
    into.height = picture.height;
    const auto width = static_cast<std::size_t>(picture.width);
    into.pixels.resize(width * static_cast<std::size_t>(picture.height) * 3);
    std::uint8_t* out = into.pixels.data();
    for (int y = 0; y < picture.height; ++y) {
        const std::uint8_t* in = picture.data + y * picture.stride_bytes;
        for (std::size_t x = 0; x < width; ++x, in += 4, out += 3) {
            const unsigned alpha = in[3];
            const unsigned behind = scaled(kBackground, 255U - alpha);
            for (std::size_t channel = 0; channel < 3; ++channel) {
                const unsigned own =
                    kind == AlphaKind::kStraight ? scaled(in[channel], alpha) : in[channel];
                out[channel] = static_cast<std::uint8_t>(std::min(255U, own + behind));
            }
        }
    }
}

}  // namespace refrain::media
