#include "evidence/local/placed_cells.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "local/cell_codes.h"

namespace refrain::evidence {

namespace {

using local::CellDetail;

// Samples along the side of a part of a cell, and the steps by which a cell is moved in search.
constexpr int kSamples = 3;
constexpr int kCellSamples = kSamples * local::kCellParts;
constexpr std::array kSteps{0, -4, -2, 2, 4};
constexpr int kMargin = 4;
// Where they agree less by no more than this, cells stay in their place; order distance a cell.
constexpr double kMoveCost = 0.2;
// Cells around one that move with it, and that its neighbourhood has, to each side.
constexpr int kTogether = 2;
constexpr int kBeside = 1;
constexpr int kAround = 2;
// Order distances: alike, and unlike; chance gives 2.4 on average.
constexpr double kAlike = 1;
constexpr double kUnlike = 2.3;
constexpr double kTorn = 1.45;
// A neighbourhood in which fewer of the cells agree is one that is covered.
constexpr double kCovered = 0.35;
constexpr std::size_t kFewestInView = 20;
constexpr std::size_t kFewestTelling = 8;

/// 8-bit samples of a query, shrunk so far that neighbours are about as far apart as samples are
/// taken.
struct Shown {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> samples;

    /// Linear between the four around; @param x, y  inside, the centre of the first sample at 0.5
    [[nodiscard]] float at(double x, double y) const {
        const double u = std::clamp(x - 0.5, 0.0, width - 1.0);
        const double v = std::clamp(y - 0.5, 0.0, height - 1.0);
        const int left = std::min(static_cast<int>(u), std::max(width - 2, 0));
        const int top = std::min(static_cast<int>(v), std::max(height - 2, 0));
        const auto across = static_cast<float>(u - left);
        const auto down = static_cast<float>(v - top);
        const auto row = [&](int y_of) {
            const std::uint8_t* samples_of =
                &samples[static_cast<std::size_t>(y_of * width + left)];
            const float next = width > 1 ? samples_of[1] : samples_of[0];
            return samples_of[0] + across * (next - samples_of[0]);
        };
        const float upper = row(top);
        return upper + down * (row(height > 1 ? top + 1 : top) - upper);
    }
};

Shown halved(const Shown& in) {
    Shown out{(in.width + 1) / 2, (in.height + 1) / 2, {}};
    out.samples.reserve(static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height));
    for (int y = 0; y < out.height; ++y) {
        const int lower = std::min(2 * y + 1, in.height - 1);
        for (int x = 0; x < out.width; ++x) {
            const int right = std::min(2 * x + 1, in.width - 1);
            const auto sample = [&](int at_x, int at_y) {
                return int{in.samples[static_cast<std::size_t>(at_y * in.width + at_x)]};
            };
            out.samples.push_back(
                static_cast<std::uint8_t>((sample(2 * x, 2 * y) + sample(right, 2 * y) +
                                           sample(2 * x, lower) + sample(right, lower) + 2) /
                                          4));
        }
    }
    return out;
}

/// A grid of numbers, a cell each.
template <typename Value>
struct Table {
    int columns = 0;
    int rows = 0;
    std::vector<Value> values;

    Table(int columns_of, int rows_of)
        : columns(columns_of),
          rows(rows_of),
          values(static_cast<std::size_t>(columns_of) * static_cast<std::size_t>(rows_of)) {}
    [[nodiscard]] std::size_t size() const { return values.size(); }
    [[nodiscard]] Value& operator[](std::size_t i) { return values[i]; }
    [[nodiscard]] const Value& operator[](std::size_t i) const { return values[i]; }
};

/// Sums over squares that reach `reach` cells to each side of a cell.
Table<double> sums_around(const Table<double>& in, int reach) {
    Table<double> across(in.columns, in.rows);
    for (int row = 0; row < in.rows; ++row) {
        for (int column = 0; column < in.columns; ++column) {
            double sum = 0;
            const int last = std::min(in.columns - 1, column + reach);
            for (int c = std::max(0, column - reach); c <= last; ++c) {
                sum += in[static_cast<std::size_t>(row * in.columns + c)];
            }
            across[static_cast<std::size_t>(row * in.columns + column)] = sum;
        }
    }
    Table<double> out(in.columns, in.rows);
    for (int row = 0; row < in.rows; ++row) {
        const int last = std::min(in.rows - 1, row + reach);
        for (int r = std::max(0, row - reach); r <= last; ++r) {
            for (int column = 0; column < in.columns; ++column) {
                out[static_cast<std::size_t>(row * in.columns + column)] +=
                    across[static_cast<std::size_t>(r * in.columns + column)];
            }
        }
    }
    return out;
}

/// What the query shows at the places of known cells.
class Seen {
  public:
    Seen(const LocalFrame& query,
         const local::CellGrid& grid,
         const align::PlaneMap& map,
         bool is_mirrored,
         double most_gap)
        : grid_(grid),
          most_gap_(most_gap),
          width_(kCellSamples * grid.columns + 2 * kMargin),
          height_(kCellSamples * grid.rows + 2 * kMargin) {
        sample(query, map, is_mirrored);
    }

    /// Whether all of a cell lies inside the query.
    [[nodiscard]] bool is_in_view(int column, int row) const {
        const int left = kMargin + kCellSamples * column;
        const int top = kMargin + kCellSamples * row;
        for (const int y : {top, top + kCellSamples - 1}) {
            for (const int x : {left, left + kCellSamples - 1}) {
                if (!inside_[index(x, y)]) {
                    return false;
                }
            }
        }
        return true;
    }

    [[nodiscard]] local::CellLook look(int column, int row, int right, int down) const {
        float parts[local::kCellParts * local::kCellParts];
        const int left = kMargin + kCellSamples * column + right;
        const int top = kMargin + kCellSamples * row + down;
        for (int i = 0; i < local::kCellParts * local::kCellParts; ++i) {
            parts[i] = sums_[index(left + kSamples * (i % local::kCellParts),
                                   top + kSamples * (i / local::kCellParts))];
        }
        return local::look_of(parts);
    }

  private:
    [[nodiscard]] std::size_t index(int x, int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
               static_cast<std::size_t>(x);
    }

    void sample(const LocalFrame& query, const align::PlaneMap& map, bool is_mirrored) {
        Shown shown{query.luma_width, query.luma_height, query.luma};
        const double across = static_cast<double>(query.luma_width) / query.width;
        const double down = static_cast<double>(query.luma_height) / query.height;
        const double step = grid_.side / kCellSamples;
        const align::LocalPose pose = align::pose_at(
            map,
            {grid_.left + grid_.columns * grid_.side / 2, grid_.top + grid_.rows * grid_.side / 2});
        double shrink = 1;
        for (double gap = pose.scale * step * std::sqrt(across * down);
             gap > most_gap_ && shown.width > 1 && shown.height > 1; gap /= 2) {
            shown = halved(shown);
            shrink *= 2;
        }
        std::vector<float> samples(static_cast<std::size_t>(width_) *
                                   static_cast<std::size_t>(height_));
        inside_.resize(samples.size());
        for (int y = 0; y < height_; ++y) {
            for (int x = 0; x < width_; ++x) {
                align::PlanePoint at = align::apply(map, {grid_.left + (x - kMargin + 0.5) * step,
                                                          grid_.top + (y - kMargin + 0.5) * step});
                inside_[index(x, y)] =
                    at.x >= 0 && at.y >= 0 && at.x <= query.width && at.y <= query.height;
                if (is_mirrored) {
                    at.x = query.width - at.x;
                }
                samples[index(x, y)] = shown.at(at.x * across / shrink, at.y * down / shrink);
            }
        }
        sums_.resize(samples.size());
        for (int y = 0; y + kSamples <= height_; ++y) {
            for (int x = 0; x + kSamples <= width_; ++x) {
                float sum = 0;
                for (int i = 0; i < kSamples * kSamples; ++i) {
                    sum += samples[index(x + i % kSamples, y + i / kSamples)];
                }
                sums_[index(x, y)] = sum / (kSamples * kSamples);
            }
        }
    }

    local::CellGrid grid_;
    double most_gap_;
    int width_;
    int height_;
    std::vector<float> sums_;  ///< means of the samples of a part, by the one at its top left
    std::vector<bool> inside_;
};

/// What is known and seen of each cell.
struct Cells {
    Table<char> is_in_view;
    Table<char> is_telling;  ///< the known picture has detail there, and it is in view
    Table<char> is_shown;    ///< the query has
    Table<char> is_like;
    Table<char> is_unlike;
    Table<char> is_extra;  ///< the query has detail, the known picture nothing
    Table<double> distance;
    std::size_t in_view = 0;
    std::size_t telling = 0;

    Cells(int columns, int rows)
        : is_in_view(columns, rows),
          is_telling(columns, rows),
          is_shown(columns, rows),
          is_like(columns, rows),
          is_unlike(columns, rows),
          is_extra(columns, rows),
          distance(columns, rows) {}
};

/// For each cell the step by which it and those around it agree best.
std::vector<std::array<int, 2>> best_steps(const LocalFrame& known,
                                           const Seen& seen,
                                           Cells& cells) {
    const int columns = known.cell_columns;
    const int rows = known.cell_rows;
    Table<double> weights(columns, rows);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = cells.is_telling[i];
    }
    const Table<double> count = sums_around(weights, kTogether);
    std::vector<std::array<int, 2>> best(weights.size());
    std::vector<double> least(weights.size());
    bool is_first = true;
    for (const int down : kSteps) {
        for (const int right : kSteps) {
            Table<double> costs(columns, rows);
            for (std::size_t i = 0; i < costs.size(); ++i) {
                if (weights[i] > 0) {
                    const auto column = static_cast<int>(i) % columns;
                    const auto row = static_cast<int>(i) / columns;
                    costs[i] = local::order_distance(local::order_of(known.cells[i]),
                                                     seen.look(column, row, right, down));
                }
            }
            const Table<double> together = sums_around(costs, kTogether);
            for (std::size_t i = 0; i < costs.size(); ++i) {
                const double cost =
                    together[i] + (is_first ? 0 : kMoveCost * std::max(1.0, count[i]));
                if (is_first || cost < least[i]) {
                    least[i] = cost;
                    best[i] = {right, down};
                }
            }
            is_first = false;
        }
    }
    return best;
}

/// Compares cell by cell. @return none where too little is in view
std::optional<Cells> compare(const LocalFrame& known, const Seen& seen) {
    const int columns = known.cell_columns;
    const int rows = known.cell_rows;
    Cells cells(columns, rows);
    std::vector<float> contrasts;
    for (std::size_t i = 0; i < known.cells.size(); ++i) {
        const auto column = static_cast<int>(i) % columns;
        const auto row = static_cast<int>(i) / columns;
        if (seen.is_in_view(column, row)) {
            cells.is_in_view[i] = 1;
            ++cells.in_view;
            contrasts.push_back(seen.look(column, row, 0, 0).contrast);
            cells.is_telling[i] = local::detail_of(known.cells[i]) == CellDetail::kDetail;
            cells.telling += static_cast<std::size_t>(cells.is_telling[i]);
        }
    }
    if (cells.in_view < kFewestInView || cells.telling < kFewestTelling) {
        return std::nullopt;
    }
    const local::DetailBounds bounds = local::detail_bounds(contrasts);
    const std::vector<std::array<int, 2>> steps = best_steps(known, seen, cells);
    for (std::size_t i = 0; i < known.cells.size(); ++i) {
        if (cells.is_in_view[i] == 0) {
            continue;
        }
        const local::CellLook look = seen.look(
            static_cast<int>(i) % columns, static_cast<int>(i) / columns, steps[i][0], steps[i][1]);
        const CellDetail shown = bounds.of(look.contrast);
        const CellDetail detail = local::detail_of(known.cells[i]);
        const double distance = local::order_distance(local::order_of(known.cells[i]), look);
        const bool is_telling = cells.is_telling[i] != 0;
        const bool has_both = is_telling && shown == CellDetail::kDetail;
        cells.distance[i] = is_telling ? distance : 0;
        cells.is_shown[i] = shown == CellDetail::kDetail;
        cells.is_like[i] = has_both && distance <= kAlike;
        cells.is_unlike[i] =
            (has_both && distance >= kUnlike) || (is_telling && shown == CellDetail::kNone);
        cells.is_extra[i] = shown == CellDetail::kDetail && detail == CellDetail::kNone;
    }
    return cells;
}

Table<double> numbers(const Table<char>& in) {
    Table<double> out(in.columns, in.rows);
    std::copy(in.values.begin(), in.values.end(), out.values.begin());
    return out;
}

/// How alike the outlines of what both show are: correlation of the cells with detail, -1..1.
double outline_of(const Cells& cells) {
    double both = 0;
    double known = 0;
    double shown = 0;
    for (std::size_t i = 0; i < cells.is_telling.size(); ++i) {
        if (cells.is_in_view[i] != 0) {
            known += cells.is_telling[i];
            shown += cells.is_shown[i];
            both += cells.is_telling[i] * cells.is_shown[i];
        }
    }
    const auto all = static_cast<double>(cells.in_view);
    const double spread = known * (all - known) * shown * (all - shown);
    return spread > 0 ? (all * both - known * shown) / std::sqrt(spread) : 0;
}

/// The most unlike cells of one connected region in which hardly any agree: what a cover hides.
double largest_cover(const Cells& cells, const Table<double>& alike_share) {
    const int columns = cells.distance.columns;
    const int rows = cells.distance.rows;
    std::vector<char> is_open(alike_share.size());
    for (std::size_t i = 0; i < is_open.size(); ++i) {
        is_open[i] = alike_share[i] >= 0 && alike_share[i] < kCovered;
    }
    double most = 0;
    std::vector<int> stack;
    for (int start = 0; start < columns * rows; ++start) {
        if (is_open[static_cast<std::size_t>(start)] == 0) {
            continue;
        }
        double unlike = 0;
        stack.push_back(start);
        is_open[static_cast<std::size_t>(start)] = 0;
        while (!stack.empty()) {
            const int at = stack.back();
            stack.pop_back();
            unlike += cells.is_unlike[static_cast<std::size_t>(at)];
            const auto go = [&](bool is_there, int next) {
                if (is_there && is_open[static_cast<std::size_t>(next)] != 0) {
                    is_open[static_cast<std::size_t>(next)] = 0;
                    stack.push_back(next);
                }
            };
            go(at % columns > 0, at - 1);
            go(at % columns < columns - 1, at + 1);
            go(at >= columns, at - columns);
            go(at + columns < columns * rows, at + columns);
        }
        most = std::max(most, unlike);
    }
    return most;
}

}  // namespace

verdict::CellMeasures measure_cells(const LocalFrame& query,
                                    const LocalFrame& known,
                                    const align::PlaneMap& known_to_query,
                                    bool is_mirrored,
                                    double most_gap) {
    verdict::CellMeasures measures;
    if (known.cells.empty() || query.luma.empty()) {
        return measures;
    }
    const local::CellGrid grid =
        local::grid_of(known.width, known.height, known.cell_columns, known.cell_rows);
    const std::optional<Cells> compared =
        compare(known, Seen(query, grid, known_to_query, is_mirrored, most_gap));
    if (!compared) {
        return measures;
    }
    const Cells& cells = *compared;
    const auto telling = static_cast<double>(cells.telling);
    const Table<double> near_distance = sums_around(cells.distance, kBeside);
    const Table<double> near_telling = sums_around(numbers(cells.is_telling), kBeside);
    const Table<double> near_like = sums_around(numbers(cells.is_like), kAround);
    const Table<double> near_unlike = sums_around(numbers(cells.is_unlike), kAround);
    Table<double> alike_share(known.cell_columns, known.cell_rows);
    double both = 0;
    double like = 0;
    double unlike = 0;
    for (std::size_t i = 0; i < alike_share.size(); ++i) {
        const double told = near_like[i] + near_unlike[i];
        alike_share[i] = told > 0 ? near_like[i] / told : -1;
        const double share = std::max(0.0, alike_share[i]);
        like += cells.is_like[i];
        unlike += cells.is_unlike[i];
        measures.mixed += share * cells.is_unlike[i];
        measures.mixed_extra += share * cells.is_extra[i];
        measures.torn += cells.is_telling[i] != 0 && near_distance[i] > kTorn * near_telling[i];
        if (cells.is_telling[i] != 0 && cells.is_shown[i] != 0) {
            both += 1;
            measures.distance += cells.distance[i];
        }
    }
    const double covered = largest_cover(cells, alike_share);
    measures.is_measured = true;
    measures.telling = telling;
    measures.like = like / telling;
    measures.unlike = unlike / telling;
    measures.distance = both > 0 ? measures.distance / both : local::kMostOrderDistance;
    measures.torn /= telling;
    measures.mixed /= telling;
    measures.mixed_extra /= telling;
    measures.outline = outline_of(cells);
    measures.covered = covered / telling;
    measures.unlike_elsewhere = (unlike - covered) / std::max(1.0, telling - covered);
    return measures;
}

}  // namespace refrain::evidence
