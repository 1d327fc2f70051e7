#include "media/turn.h"

#include <algorithm>
#include <cstring>

namespace refrain::media {
namespace {

/// A square of so many pixels a side, read by column and written by row, stays in the cache.
constexpr int kTile = 64;
constexpr std::ptrdiff_t kBytes = 3;

}  // namespace

frame::RgbView turned(const frame::RgbImage& stored,
                      const frame::Dihedral& orientation,
                      frame::RgbImage& scratch) {
    if (orientation.is_upright()) {
        return stored.view();
    }
    scratch.width = orientation.transposes ? stored.height : stored.width;
    scratch.height = orientation.transposes ? stored.width : stored.height;
    scratch.pixels.resize(static_cast<std::size_t>(kBytes) *
                          static_cast<std::size_t>(scratch.width) *
                          static_cast<std::size_t>(scratch.height));
    const frame::ReadOrder order = frame::read_order(orientation, stored.width, stored.height);
    const std::ptrdiff_t step = kBytes * order.per_column;
    for (int top = 0; top < scratch.height; top += kTile) {
        for (int left = 0; left < scratch.width; left += kTile) {
            for (int r = top; r < std::min(top + kTile, scratch.height); ++r) {
                const std::uint8_t* from =
                    stored.pixels.data() +
                    kBytes * (order.start + r * order.per_row + left * order.per_column);
                std::uint8_t* to =
                    scratch.pixels.data() + kBytes * (std::ptrdiff_t{r} * scratch.width + left);
                const int count = std::min(kTile, scratch.width - left);
                for (int c = 0; c < count; ++c, from += step, to += kBytes) {
                    std::memcpy(to, from, kBytes);
                }
            }
        }
    }
    return scratch.view();
}

}  // namespace refrain::media
