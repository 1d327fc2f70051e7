#include "hash/edge_hash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "frame/cell_sums.h"
#include "hash/luma_hash.h"
#include "hash/pdq_hash.h"

namespace refrain::hash {

namespace {

// Slopes are those of a picture of this size: coarser ones lose the lines of a drawing, finer ones
// differ between a picture and its small copy.
constexpr int kLongSide = 256;
// The strongest slopes count alike.
constexpr double kStrongest = 0.97;
// Sobel's slope of 8-bit samples is 1,020 each way at most.
constexpr std::size_t kSlopes = 1443 + 1;
// PDQ quality of the picture of slopes.
constexpr int kLeastQuality = 50;

/// A picture of at most kLongSide pixels, with its outermost samples repeated around it.
struct Small {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> samples;  ///< (width + 2) * (height + 2)

    [[nodiscard]] std::uint8_t* row(int r) {
        return samples.data() + std::ptrdiff_t{r + 1} * (width + 2) + 1;
    }
    [[nodiscard]] const std::uint8_t* row(int r) const {
        return samples.data() + std::ptrdiff_t{r + 1} * (width + 2) + 1;
    }
};

void repeat_borders(Small& small) {
    for (int y = 0; y < small.height; ++y) {
        std::uint8_t* row = small.row(y);
        row[-1] = row[0];
        row[small.width] = row[small.width - 1];
    }
    const std::ptrdiff_t bytes = small.width + 2;
    std::copy_n(small.row(0) - 1, bytes, small.row(-1) - 1);
    std::copy_n(small.row(small.height - 1) - 1, bytes, small.row(small.height) - 1);
}

Small shrunk(const frame::LumaView& luma) {
    const double factor =
        std::min(1.0, static_cast<double>(kLongSide) / std::max(luma.width, luma.height));
    Small small;
    small.width = std::max(1, static_cast<int>(std::lround(luma.width * factor)));
    small.height = std::max(1, static_cast<int>(std::lround(luma.height * factor)));
    small.samples.resize(static_cast<std::size_t>(small.width + 2) *
                         static_cast<std::size_t>(small.height + 2));
    frame::CellSums sums;
    sums.lay(luma, small.width, small.height);
    for (int y = 0; y < small.height; ++y) {
        const auto sum = sums.row(y);
        std::uint8_t* row = small.row(y);
        for (int x = 0; x < small.width; ++x) {
            const std::uint64_t weight = sums.weight(y, x);
            const std::uint64_t mean = (sum[static_cast<std::size_t>(x)] + weight / 2) / weight;
            // Samples of more bits lose their lowest ones.
            row[x] = static_cast<std::uint8_t>(mean >> (luma.bits - 8));
        }
    }
    repeat_borders(small);
    return small;
}

/// Sobel's slope at each sample, rounded.
std::vector<std::uint16_t> slopes_of(const Small& small) {
    std::vector<std::uint16_t> slopes(static_cast<std::size_t>(small.width) *
                                      static_cast<std::size_t>(small.height));
    std::uint16_t* out = slopes.data();
    for (int y = 0; y < small.height; ++y, out += small.width) {
        const std::uint8_t* above = small.row(y - 1);
        const std::uint8_t* here = small.row(y);
        const std::uint8_t* below = small.row(y + 1);
        for (int x = 0; x < small.width; ++x) {
            const int across = above[x + 1] + 2 * here[x + 1] + below[x + 1] - above[x - 1] -
                               2 * here[x - 1] - below[x - 1];
            const int down = below[x - 1] + 2 * below[x] + below[x + 1] - above[x - 1] -
                             2 * above[x] - above[x + 1];
            const auto squared = static_cast<float>(across * across + down * down);
            out[x] = static_cast<std::uint16_t>(std::sqrt(squared) + 0.5F);
        }
    }
    return slopes;
}

/// The slope that all but the strongest are below or at.
std::size_t strongest_of(std::span<const std::uint16_t> slopes) {
    std::array<std::size_t, kSlopes> count{};
    for (const std::uint16_t slope : slopes) {
        ++count[slope];
    }
    const auto rank = static_cast<std::size_t>(kStrongest * static_cast<double>(slopes.size() - 1));
    std::size_t slope = 0;
    for (std::size_t below = count[0]; below <= rank; below += count[slope]) {
        ++slope;
    }
    return slope;
}

/// The root of the slope, 255 for the strongest; empty where there is none.
std::vector<std::uint8_t> edges_of(const Small& small) {
    const std::vector<std::uint16_t> slopes = slopes_of(small);
    const std::size_t strongest = strongest_of(slopes);
    std::vector<std::uint8_t> edges;
    if (strongest == 0) {
        return edges;
    }
    std::array<std::uint8_t, kSlopes> level{};
    for (std::size_t slope = 0; slope < kSlopes; ++slope) {
        const double share =
            static_cast<double>(std::min(slope, strongest)) / static_cast<double>(strongest);
        level[slope] = static_cast<std::uint8_t>(std::lround(255 * std::sqrt(share)));
    }
    edges.reserve(slopes.size());
    for (const std::uint16_t slope : slopes) {
        edges.push_back(level[slope]);
    }
    return edges;
}

}  // namespace

std::optional<Hash256> edge_hash(const frame::LumaView& luma) {
    const Small small = shrunk(luma);
    const std::vector<std::uint8_t> edges = edges_of(small);
    if (edges.empty()) {
        return std::nullopt;
    }
    const DecimatedPicture picture =
        area_means(frame::gray_view(edges.data(), small.width, small.height, small.width));
    const PdqHash hashed = hash_of(picture);
    return quality_of_bits(picture, hashed.quality) >= kLeastQuality ? std::optional(hashed.hash)
                                                                     : std::nullopt;
}

}  // namespace refrain::hash
