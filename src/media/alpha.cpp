#include "media/alpha.h"

#include <algorithm>

namespace refrain::media {
namespace {

/// a * b / 255, rounded to the nearest.
unsigned scaled(unsigned a, unsigned b) { return (a * b + 127U) / 255U; }

// Of a photograph with a hole or round corners of this share, the hashes on black and on white lie
// as far apart as those of a copy that is just found: docs/decisions/0002-alpha-background.md.
constexpr double kShownShare = 0.001;

}  // namespace

double composite(const RgbaView& picture, AlphaKind kind, Ground ground, frame::RgbImage& into) {
    into.width = picture.width;
    into.height = picture.height;
    const auto width = static_cast<std::size_t>(picture.width);
    into.pixels.resize(width * static_cast<std::size_t>(picture.height) * 3);
    std::uint8_t* out = into.pixels.data();
    const auto behind_all = static_cast<unsigned>(ground);
    std::uint64_t clear = 0;
    for (int y = 0; y < picture.height; ++y) {
        const std::uint8_t* in = picture.data + y * picture.stride_bytes;
        for (std::size_t x = 0; x < width; ++x, in += 4, out += 3) {
            const unsigned alpha = in[3];
            const unsigned behind = scaled(behind_all, 255U - alpha);
            clear += 255U - alpha;
            for (std::size_t channel = 0; channel < 3; ++channel) {
                const unsigned own =
                    kind == AlphaKind::kStraight ? scaled(in[channel], alpha) : in[channel];
                out[channel] = static_cast<std::uint8_t>(std::min(255U, own + behind));
            }
        }
    }
    const double pixels = static_cast<double>(width) * static_cast<double>(picture.height);
    return pixels > 0 ? static_cast<double>(clear) / (255.0 * pixels) : 0.0;
}

bool is_shown(double ground_share) { return ground_share >= kShownShare; }

}  // namespace refrain::media
