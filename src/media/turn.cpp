#include "media/turn.h"

#include <algorithm>
#include <cstring>

namespace refrain::media {
namespace {

/// A square of so many pixels a side, read by column and written by row, stays in the cache.
constexpr int kTile = 64;
constexpr std::ptrdiff_t kBytes = 3;

/// Copies `count` pixels side by side, from places `step` bytes apart.
void gather(const std::uint8_t* from, std::ptrdiff_t step, int count, std::uint8_t* to) {
    for (int i = 0; i < count; ++i, from += step, to += kBytes) {
        std::memcpy(to, from, kBytes);
    }
}

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
    for (int top = 0; top < scratch.height; top += kTile) {
        for (int left = 0; left < scratch.width; left += kTile) {
            const int count = std::min(kTile, scratch.width - left);
            for (int r = top; r < std::min(top + kTile, scratch.height); ++r) {
                const std::ptrdiff_t first =
                    order.start + r * order.per_row + left * order.per_column;
                const std::ptrdiff_t target = std::ptrdiff_t{r} * scratch.width + left;
                gather(stored.pixels.data() + kBytes * first, kBytes * order.per_column, count,
                       scratch.pixels.data() + kBytes * target);
            }
        }
    }
    return scratch.view();
}

}  // namespace refrain::media
