#include "hash/edge_hash.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
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
// PDQ quality of the picture of slopes.
constexpr int kLeastQuality = 50;

struct Small {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> samples;

    /// As far as the picture goes; beyond it, its outermost sample.
    [[nodiscard]] int at(int x, int y) const {
        const int column = std::clamp(x, 0, width - 1);
        const int row = std::clamp(y, 0, height - 1);
        return samples[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) +
                       static_cast<std::size_t>(column)];
    }
};

Small shrunk(const frame::LumaView& luma) {
    const double factor =
        std::min(1.0, static_cast<double>(kLongSide) / std::max(luma.width, luma.height));
    Small small;
    small.width = std::max(1, static_cast<int>(std::lround(luma.width * factor)));
    small.height = std::max(1, static_cast<int>(std::lround(luma.height * factor)));
    frame::CellSums sums;
    sums.lay(luma, small.width, small.height);
    small.samples.reserve(static_cast<std::size_t>(small.width) *
                          static_cast<std::size_t>(small.height));
    for (int y = 0; y < small.height; ++y) {
        const auto row = sums.row(y);
        for (int x = 0; x < small.width; ++x) {
            const std::uint64_t weight = sums.weight(y, x);
            const std::uint64_t mean = (row[static_cast<std::size_t>(x)] + weight / 2) / weight;
            // Samples of more bits lose their lowest ones.
            small.samples.push_back(static_cast<std::uint8_t>(mean >> (luma.bits - 8)));
        }
    }
    return small;
}

/// Sobel's slope at a sample, squared.
std::uint32_t slope_squared(const Small& small, int x, int y) {
    const auto column = [&](int at) {
        return small.at(at, y - 1) + 2 * small.at(at, y) + small.at(at, y + 1);
    };
    const auto row = [&](int at) {
        return small.at(x - 1, at) + 2 * small.at(x, at) + small.at(x + 1, at);
    };
    const int across = column(x + 1) - column(x - 1);
    const int down = row(y + 1) - row(y - 1);
    return static_cast<std::uint32_t>(across * across + down * down);
}

/// The root of the slope, 255 for the strongest; empty where there is none.
std::vector<std::uint8_t> edges_of(const Small& small) {
    std::vector<std::uint32_t> slopes;
    slopes.reserve(small.samples.size());
    for (int y = 0; y < small.height; ++y) {
        for (int x = 0; x < small.width; ++x) {
            slopes.push_back(slope_squared(small, x, y));
        }
    }
    std::vector<std::uint32_t> sorted = slopes;
    const auto rank =
        static_cast<std::ptrdiff_t>(kStrongest * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.end());
    const std::uint32_t strongest = sorted[static_cast<std::size_t>(rank)];
    std::vector<std::uint8_t> edges;
    if (strongest == 0) {
        return edges;
    }
    edges.reserve(slopes.size());
    for (const std::uint32_t slope : slopes) {
        const double share = static_cast<double>(std::min(slope, strongest)) / strongest;
        // The slope is the root of `slope`, and its root is wanted.
        edges.push_back(static_cast<std::uint8_t>(std::lround(255 * std::sqrt(std::sqrt(share)))));
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
    frame::LumaView drawn;
    drawn.data = edges.data();
    drawn.width = small.width;
    drawn.height = small.height;
    drawn.stride_bytes = small.width;
    drawn.is_full_range = true;
    const DecimatedPicture picture = area_means(drawn);
    const PdqHash hashed = hash_of(picture);
    return quality_of_bits(picture, hashed.quality) >= kLeastQuality ? std::optional(hashed.hash)
                                                                     : std::nullopt;
}

}  // namespace refrain::hash
