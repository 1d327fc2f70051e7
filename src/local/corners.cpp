#include "local/corners.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace refrain::local {

namespace {

// FAST's difference of the ring from its centre: the first suits ordinary pictures, the second
// dim or hazy ones; below it lies the noise of coding.
constexpr int kThreshold = 20;
constexpr int kLowThreshold = 7;
// Cells in which the low threshold is tried are about so wide.
constexpr int kCellSide = 64;
// Strongest kept for the spreading, for each corner wanted.
constexpr std::size_t kCandidatesPerCorner = 2;
// A corner counts as stronger than another only if it is so by this factor (Brown et al., 2005).
constexpr float kClearlyStronger = 0.9F;
constexpr int kHarrisReach = 3;
constexpr float kHarrisK = 0.04F;

/// The part of a level in which corners are looked for, as cells that tile it.
struct Grid {
    int columns;
    int rows;
    int width;
    int height;

    explicit Grid(const Plane& level)
        : width(level.width() - 2 * kEdgeDistance), height(level.height() - 2 * kEdgeDistance) {
        columns = std::max(1, width / kCellSide);
        rows = std::max(1, height / kCellSide);
    }
    [[nodiscard]] std::size_t count() const {
        return static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
    }
    [[nodiscard]] Area area() const { return {kEdgeDistance, kEdgeDistance, width, height}; }
    [[nodiscard]] Area cell(std::size_t index) const {
        const int column = static_cast<int>(index) % columns;
        const int row = static_cast<int>(index) / columns;
        const int left = width * column / columns;
        const int top = height * row / rows;
        return {kEdgeDistance + left, kEdgeDistance + top, width * (column + 1) / columns - left,
                height * (row + 1) / rows - top};
    }
    /// The inverse of `cell`: the last one that begins at or before the place.
    [[nodiscard]] std::size_t cell_at(int x, int y) const {
        const int column = ((x - kEdgeDistance + 1) * columns - 1) / width;
        const int row = ((y - kEdgeDistance + 1) * rows - 1) / height;
        return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
               static_cast<std::size_t>(column);
    }
};

static_assert(kEdgeDistance >= kFastReach);

Corner corner_of(const FastCorner& found) {
    return {found.x, found.y, static_cast<float>(found.score)};
}

/// Harris's measure in a square around a sample, from Sobel's derivatives.
float harris(const Plane& level, int x, int y) {
    std::int64_t xx = 0;
    std::int64_t yy = 0;
    std::int64_t xy = 0;
    for (int r = y - kHarrisReach; r <= y + kHarrisReach; ++r) {
        const std::uint8_t* above = level.row(r - 1) + x;
        const std::uint8_t* at = level.row(r) + x;
        const std::uint8_t* below = level.row(r + 1) + x;
        std::int32_t row_xx = 0;
        std::int32_t row_yy = 0;
        std::int32_t row_xy = 0;
        for (int c = -kHarrisReach; c <= kHarrisReach; ++c) {
            const int dx = above[c + 1] - above[c - 1] + 2 * (at[c + 1] - at[c - 1]) +
                           below[c + 1] - below[c - 1];
            const int dy = below[c - 1] - above[c - 1] + 2 * (below[c] - above[c]) + below[c + 1] -
                           above[c + 1];
            row_xx += dx * dx;
            row_yy += dy * dy;
            row_xy += dx * dy;
        }
        xx += row_xx;
        yy += row_yy;
        xy += row_xy;
    }
    const auto a = static_cast<float>(xx);
    const auto b = static_cast<float>(yy);
    const auto c = static_cast<float>(xy);
    return a * b - c * c - kHarrisK * (a + b) * (a + b);
}

bool is_stronger(const Corner& a, const Corner& b) {
    if (a.strength != b.strength) {
        return a.strength > b.strength;
    }
    return a.y != b.y ? a.y < b.y : a.x < b.x;
}

void keep_strongest(std::vector<Corner>& corners, std::size_t count) {
    if (corners.size() > count) {
        std::nth_element(corners.begin(), corners.begin() + static_cast<std::ptrdiff_t>(count),
                         corners.end(), is_stronger);
        corners.resize(count);
    }
}

}  // namespace

/// Fills `cells_`; a cell in which the higher threshold finds less than `enough` is searched with
/// the lower one, so that text on a dim picture does not take all points.
void CornerFinder::detect(const Plane& level, std::size_t enough) {
    const Grid grid(level);
    cells_.resize(std::max(cells_.size(), grid.count()));
    for (std::vector<Corner>& cell : cells_) {
        cell.clear();
    }
    found_.clear();
    detector_.find(level, grid.area(), kThreshold, found_);
    for (const FastCorner& found : found_) {
        cells_[grid.cell_at(found.x, found.y)].push_back(corner_of(found));
    }
    for (std::size_t i = 0; i < grid.count(); ++i) {
        if (cells_[i].size() < enough) {
            cells_[i].clear();
            found_.clear();
            detector_.find(level, grid.cell(i), kLowThreshold, found_);
            std::transform(found_.begin(), found_.end(), std::back_inserter(cells_[i]), corner_of);
        }
    }
}

/// Fills `candidates_` with the strongest `quota` of each cell by Harris's measure, in order.
void CornerFinder::rank(const Plane& level, std::size_t quota) {
    candidates_.clear();
    for (std::vector<Corner>& cell : cells_) {
        // Harris's measure ranks better than FAST's, and costs more: twice as many are looked at.
        keep_strongest(cell, 2 * quota);
        for (Corner& corner : cell) {
            corner.strength = harris(level, corner.x, corner.y);
        }
        std::erase_if(cell, [](const Corner& corner) { return corner.strength <= 0; });
        keep_strongest(cell, quota);
        candidates_.insert(candidates_.end(), cell.begin(), cell.end());
    }
    std::sort(candidates_.begin(), candidates_.end(), is_stronger);
}

void CornerFinder::spread(std::size_t budget, std::vector<Corner>& out) {
    const std::size_t count = candidates_.size();
    x_.resize(count);
    y_.resize(count);
    radius_.resize(count);
    order_.resize(count);
    std::size_t stronger = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const Corner& corner = candidates_[i];
        x_[i] = static_cast<float>(corner.x);
        y_[i] = static_cast<float>(corner.y);
        order_[i] = static_cast<std::uint32_t>(i);
        while (candidates_[stronger].strength * kClearlyStronger > corner.strength) {
            ++stronger;
        }
        float nearest = std::numeric_limits<float>::max();
        for (std::size_t j = 0; j < stronger; ++j) {
            const float dx = x_[j] - x_[i];
            const float dy = y_[j] - y_[i];
            nearest = std::min(nearest, dx * dx + dy * dy);
        }
        radius_[i] = nearest;
    }
    std::sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
        return radius_[a] != radius_[b] ? radius_[a] > radius_[b] : a < b;
    });
    out.clear();
    for (std::size_t i = 0; i < std::min(budget, count); ++i) {
        out.push_back(candidates_[order_[i]]);
    }
}

void CornerFinder::find(const Plane& level, int budget, std::vector<Corner>& out) {
    out.clear();
    if (budget <= 0) {
        return;
    }
    const auto wanted = kCandidatesPerCorner * static_cast<std::size_t>(budget);
    const std::size_t quota = wanted / Grid(level).count() + 1;
    detect(level, quota);
    rank(level, quota);
    spread(static_cast<std::size_t>(budget), out);
}

}  // namespace refrain::local
