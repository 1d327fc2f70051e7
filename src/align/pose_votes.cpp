#include "align/pose_votes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "align/plane_map.h"

namespace refrain::align {
namespace {

/// A pair votes in two cells of each of turn, size, and both axes of place.
constexpr std::size_t kOverlaps = 16;

struct Vote {
    std::uint64_t cell = 0;
    std::uint32_t row = 0;
};

struct Middle {
    PlanePoint at;
    double extent = 1;  ///< root of mean square distance, >= 1
};

Middle middle_of(std::span<const PairRow> rows) {
    Middle middle;
    double squares = 0;
    const double count = std::max<double>(1, static_cast<double>(rows.size()));
    for (const PairRow& row : rows) {
        middle.at.x += row.known_x / count;
        middle.at.y += row.known_y / count;
    }
    for (const PairRow& row : rows) {
        const double dx = row.known_x - middle.at.x;
        const double dy = row.known_y - middle.at.y;
        squares += (dx * dx + dy * dy) / count;
    }
    middle.extent = std::max(1.0, std::sqrt(squares));
    return middle;
}

/// The cell of a value on its axis, and the nearer neighbour.
struct Cells {
    std::array<std::int64_t, 2> at{};

    explicit Cells(double value) {
        at[0] = static_cast<std::int64_t>(std::floor(value));
        at[1] = value - static_cast<double>(at[0]) < 0.5 ? at[0] - 1 : at[0] + 1;
    }
};

std::uint64_t field(std::int64_t cell) {
    return static_cast<std::uint64_t>(cell + 0x8000) & 0xFFFFU;
}

void cast(const PairRow& row,
          std::uint32_t index,
          const Middle& middle,
          const PlacementRules& rules,
          std::vector<Vote>& votes) {
    const double scale = std::exp2(double{row.log_scale});
    const PlanePoint at = apply(
        similarity_at(row.turn, scale, {row.known_x, row.known_y}, {row.query_x, row.query_y}),
        middle.at);
    const Cells turns((row.turn / (2 * std::numbers::pi) + 0.5) * rules.turns);
    const Cells sizes(row.log_scale);
    for (const std::int64_t size : sizes.at) {
        // The step must be the same for all pairs that share a cell of size.
        const double step =
            rules.place_step * middle.extent * std::exp2(static_cast<double>(size) + 0.5);
        const Cells across(std::clamp(at.x / step, -16000.0, 16000.0));
        const Cells down(std::clamp(at.y / step, -16000.0, 16000.0));
        for (const std::int64_t turn : turns.at) {
            const std::uint64_t pose =
                field((turn + rules.turns) % rules.turns) << 48U | field(size) << 32U;
            for (const std::int64_t x : across.at) {
                votes.push_back({pose | field(x) << 16U | field(down.at[0]), index});
                votes.push_back({pose | field(x) << 16U | field(down.at[1]), index});
            }
        }
    }
}

struct Cell {
    std::size_t begin = 0;  ///< into the votes
    std::size_t end = 0;
    double weight = 0;
};

/// Tells whether a point was seen in the cell at hand, without clearing between cells.
class Seen {
  public:
    explicit Seen(std::size_t points) : stamp_(points, 0) {}
    void next_cell() { ++current_; }
    bool is_new(std::uint32_t point) {
        const bool is_first = stamp_[point] != current_;
        stamp_[point] = current_;
        return is_first;
    }

  private:
    std::vector<std::uint32_t> stamp_;
    std::uint32_t current_ = 0;
};

/// Different points on the poorer side of a cell, and their weights.
struct Poll {
    std::size_t points = 0;
    double weight = 0;
};

class Counter {
  public:
    explicit Counter(std::span<const PairRow> rows)
        : rows_(rows),
          known_(points_of(rows, &PairRow::known)),
          query_(points_of(rows, &PairRow::query)) {}

    /// Counts the rows for which `counts` is true.
    template <class Counts>
    Poll poll(std::span<const Vote> votes, const Counts& counts) {
        known_.next_cell();
        query_.next_cell();
        Poll by_known;
        Poll by_query;
        for (const Vote& vote : votes) {
            const PairRow& row = rows_[vote.row];
            if (!counts(vote.row)) {
                continue;
            }
            if (known_.is_new(row.known)) {
                ++by_known.points;
                by_known.weight += row.weight;
            }
            if (query_.is_new(row.query)) {
                ++by_query.points;
                by_query.weight += row.weight;
            }
        }
        return {std::min(by_known.points, by_query.points),
                std::min(by_known.weight, by_query.weight)};
    }

  private:
    static std::size_t points_of(std::span<const PairRow> rows, std::uint32_t PairRow::*side) {
        std::uint32_t most = 0;
        for (const PairRow& row : rows) {
            most = std::max(most, row.*side);
        }
        return std::size_t{most} + 1;
    }

    std::span<const PairRow> rows_;
    Seen known_;
    Seen query_;
};

std::vector<Vote> sorted_votes(std::span<const PairRow> rows, const PlacementRules& rules) {
    const Middle middle = middle_of(rows);
    std::vector<Vote> votes;
    votes.reserve(rows.size() * kOverlaps);
    for (std::uint32_t i = 0; i < rows.size(); ++i) {
        cast(rows[i], i, middle, rules, votes);
    }
    std::sort(votes.begin(), votes.end(), [](const Vote& a, const Vote& b) {
        return a.cell != b.cell ? a.cell < b.cell : a.row < b.row;
    });
    return votes;
}

PoseCell members_of(std::span<const PairRow> rows,
                    std::span<const Vote> votes,
                    const PlacementRules& rules) {
    PoseCell members;
    for (const Vote& vote : votes) {
        members.push_back(vote.row);
    }
    const auto kept = static_cast<std::ptrdiff_t>(std::min(members.size(), rules.max_members));
    std::partial_sort(members.begin(), members.begin() + kept, members.end(),
                      [&rows](std::uint32_t a, std::uint32_t b) {
                          return rows[a].weight != rows[b].weight ? rows[a].weight > rows[b].weight
                                                                  : a < b;
                      });
    members.resize(static_cast<std::size_t>(kept));
    return members;
}

}  // namespace

std::vector<PoseCell> pose_cells(std::span<const PairRow> rows,
                                 std::size_t limit,
                                 const PlacementRules& rules) {
    const std::size_t fewest = rules.fewest_in_cell;
    const std::vector<Vote> votes = sorted_votes(rows, rules);
    Counter counter(rows);
    std::vector<Cell> cells;
    const auto votes_of = [&votes](const Cell& cell) {
        return std::span(votes).subspan(cell.begin, cell.end - cell.begin);
    };
    for (std::size_t begin = 0; begin < votes.size();) {
        Cell cell{begin, begin, 0};
        while (cell.end < votes.size() && votes[cell.end].cell == votes[begin].cell) {
            ++cell.end;
        }
        begin = cell.end;
        if (cell.end - cell.begin < fewest) {
            continue;
        }
        const Poll poll = counter.poll(votes_of(cell), [](std::uint32_t) { return true; });
        cell.weight = poll.weight;
        if (poll.points >= fewest) {
            cells.push_back(cell);
        }
    }
    std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
        return a.weight != b.weight ? a.weight > b.weight : a.begin < b.begin;
    });
    std::vector<int> uses(rows.size(), 0);
    std::vector<PoseCell> chosen;
    for (const Cell& cell : cells) {
        if (chosen.size() >= limit) {
            break;
        }
        const Poll news = counter.poll(
            votes_of(cell), [&](std::uint32_t row) { return uses[row] < rules.max_uses; });
        if (news.points < fewest) {
            continue;
        }
        for (const Vote& vote : votes_of(cell)) {
            ++uses[vote.row];
        }
        chosen.push_back(members_of(rows, votes_of(cell), rules));
    }
    return chosen;
}

}  // namespace refrain::align
