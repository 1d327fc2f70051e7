#include "align/placement_chance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace refrain::align {
namespace {

double log10_factorial(double n) {
    if (n < 1.5) {
        return 0;
    }
    // Stirling's series.
    return ((n + 0.5) * std::log(n) - n + 0.5 * std::log(2 * std::numbers::pi) + 1 / (12 * n)) /
           std::numbers::ln10;
}

/// Where the query's points of the rows lie: a histogram.
class Density {
  public:
    Density(std::span<const PairRow> rows, PictureSize size) : size_(size) {
        const double smooth = 1.0 / kCells;
        counts_.fill(smooth);
        for (const PairRow& row : rows) {
            counts_.at(cell_of({row.query_x, row.query_y})) += 1;
        }
        total_ = static_cast<double>(rows.size()) + smooth * kCells;
    }
    /// Chance that a point of the query lies in a square pixel there; 0 outside of the query.
    [[nodiscard]] double at(PlanePoint point) const {
        if (point.x < 0 || point.y < 0 || point.x >= size_.width || point.y >= size_.height) {
            return 0;
        }
        const double cell_area =
            static_cast<double>(size_.width) * static_cast<double>(size_.height) / kCells;
        return counts_.at(cell_of(point)) / total_ / cell_area;
    }

  private:
    static constexpr std::size_t kSide = 12;
    static constexpr std::size_t kCells = kSide * kSide;

    [[nodiscard]] std::size_t cell_of(PlanePoint point) const {
        const auto along = [](double value, int length) {
            return static_cast<std::size_t>(std::clamp(value / length, 0.0, 0.999) * kSide);
        };
        return along(point.y, size_.height) * kSide + along(point.x, size_.width);
    }

    PictureSize size_;
    std::array<double, kCells> counts_{};
    double total_ = 0;
};

/// How often the points of a side occur in the rows.
std::vector<std::uint32_t> uses_of(std::span<const PairRow> rows, std::uint32_t PairRow::*side) {
    std::vector<std::uint32_t> uses;
    for (const PairRow& row : rows) {
        if (row.*side >= uses.size()) {
            uses.resize(std::size_t{row.*side} + 1);
        }
        ++uses[row.*side];
    }
    return uses;
}

/// The chance that a pair ends where an inlier does, to judge by the other pairs that do: in tiles,
/// fences and text each corner looks like many, and a map that fits the grid meets them all.
double chance_of_repetition(std::span<const PairRow> rows, std::span<const std::uint32_t> inliers) {
    const std::vector<std::uint32_t> known = uses_of(rows, &PairRow::known);
    const std::vector<std::uint32_t> query = uses_of(rows, &PairRow::query);
    double others = 0;
    for (const std::uint32_t i : inliers) {
        others += std::max(known[rows[i].known], query[rows[i].query]) - 1;
    }
    return others / static_cast<double>(inliers.size()) / static_cast<double>(rows.size());
}

/// The chance that an unrelated pair agrees with the map, mean over the rows.
double chance_of_row(std::span<const PairRow> rows,
                     const MapSupport& support,
                     PictureSize query_size,
                     const PlacementRules& rules) {
    const Density density(rows, query_size);
    const PoseField poses(support.map);
    double place = 0;
    double agreeing = 0;
    auto inlier = support.rows.begin();
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
        const PairRow& row = rows[i];
        const PlanePoint from{row.known_x, row.known_y};
        place +=
            density.at(apply(support.map, from)) * std::numbers::pi * row.tolerance * row.tolerance;
        if (inlier != support.rows.end() && *inlier == i) {
            ++inlier;
        } else if (agrees_in_pose(row, poses.at(from), rules)) {
            agreeing += 1;
        }
    }
    const auto count = static_cast<double>(rows.size());
    const double outside = count - static_cast<double>(support.rows.size());
    const double at_least = rules.turn_tolerance / std::numbers::pi * rules.size_agrees;
    const double pose = (agreeing + rules.pose_prior * at_least) / (outside + rules.pose_prior);
    const double met = std::max(place / count, chance_of_repetition(rows, support.rows));
    return std::clamp(met * std::max(pose, at_least), 1e-9, 0.5);
}

/// Different corners among the rows, on the poorer side.
std::size_t corners_among(std::span<const PairRow> rows,
                          std::span<const std::uint32_t> chosen,
                          const PlacementRules& rules) {
    std::vector<std::uint64_t> known;
    std::vector<std::uint64_t> query;
    const auto cell = [&rules](float x, float y) {
        return std::uint64_t{static_cast<std::uint32_t>(std::max(x, 0.0F) / rules.corner)} << 32U |
               static_cast<std::uint32_t>(std::max(y, 0.0F) / rules.corner);
    };
    for (const std::uint32_t i : chosen) {
        known.push_back(cell(rows[i].known_x, rows[i].known_y));
        query.push_back(cell(rows[i].query_x, rows[i].query_y));
    }
    const auto different = [](std::vector<std::uint64_t>& cells) {
        std::sort(cells.begin(), cells.end());
        return static_cast<std::size_t>(std::unique(cells.begin(), cells.end()) - cells.begin());
    };
    return std::min(different(known), different(query));
}

}  // namespace

double log10_tail(double trials, double hits, double chance) {
    if (hits <= trials * chance || hits <= 0) {
        return 0;
    }
    const double misses = trials - hits;
    const double term = log10_factorial(trials) - log10_factorial(hits) - log10_factorial(misses) +
                        hits * std::log10(chance) + misses * std::log10(1 - chance);
    const double ratio = misses / (hits + 1) * chance / (1 - chance);
    return std::min(0.0, term - std::log10(1 - std::min(ratio, 0.999)));
}

double log10_chance(std::span<const PairRow> rows,
                    const MapSupport& support,
                    PictureSize query_size,
                    const PlacementRules& rules) {
    if (rows.empty() || support.rows.empty()) {
        return 0;
    }
    const double chance = chance_of_row(rows, support, query_size, rules);
    const auto fixed = static_cast<double>(support.kind);  // pairs that any such map passes through
    double best = 0;
    std::vector<std::uint32_t> near;
    for (const int bound : rules.distances) {
        near.clear();
        for (const std::uint32_t i : support.rows) {
            if (rows[i].distance <= bound) {
                near.push_back(i);
            }
        }
        const auto trials = static_cast<double>(
            std::count_if(rows.begin(), rows.end(),
                          [bound](const PairRow& row) { return row.distance <= bound; }));
        const auto hits = static_cast<double>(corners_among(rows, near, rules));
        if (hits <= fixed) {
            continue;
        }
        const double maps =
            log10_factorial(trials) - log10_factorial(fixed) - log10_factorial(trials - fixed);
        best = std::min(best, maps + log10_tail(trials - fixed, hits - fixed, chance));
    }
    return std::min(0.0, best + std::log10(static_cast<double>(rules.distances.size())));
}

}  // namespace refrain::align
