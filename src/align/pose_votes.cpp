#include "align/pose_votes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "align/plane_map.h"

namespace refrain::align {
namespace {

constexpr int kTurns = 12;
/// Cells of place are this share of the size at which the known points' extent would be seen.
constexpr double kPlaceStep = 0.4;
constexpr std::size_t kOverlaps = 16;

struct Vote {
    std::uint64_t cell = 0;
    std::uint32_t pair = 0;  ///< position in the list of free pairs
    float weight = 0;
};

struct Middle {
    PlanePoint at;
    double extent = 1;  ///< root of mean square distance, >= 1
};

Middle middle_of(std::span<const PointPair> pairs,
                 std::span<const std::uint32_t> free,
                 std::span<const PointPlace> known) {
    Middle middle;
    double squares = 0;
    for (const std::uint32_t i : free) {
        const PointPlace& place = known[pairs[i].known];
        middle.at.x += place.x;
        middle.at.y += place.y;
    }
    const double count = std::max<double>(1, static_cast<double>(free.size()));
    middle.at = {middle.at.x / count, middle.at.y / count};
    for (const std::uint32_t i : free) {
        const PointPlace& place = known[pairs[i].known];
        squares += std::pow(place.x - middle.at.x, 2) + std::pow(place.y - middle.at.y, 2);
    }
    middle.extent = std::max(1.0, std::sqrt(squares / count));
    return middle;
}

/// The cells beside `value` on its line: its own and the nearer neighbour.
struct Cells {
    std::int64_t first = 0;
    std::int64_t second = 0;

    explicit Cells(double value) : first(std::llround(std::floor(value))) {
        second = value - static_cast<double>(first) < 0.5 ? first - 1 : first + 1;
    }
    [[nodiscard]] std::uint64_t at(bool is_second) const {
        return static_cast<std::uint64_t>((is_second ? second : first) + 0x8000) & 0xFFFFU;
    }
};

void cast(const PointPlace& k,
          const PointPlace& q,
          const Middle& middle,
          Vote vote,
          std::vector<Vote>& votes) {
    const double angle = double{q.angle} - k.angle;
    const double scale = double{q.scale} / k.scale;
    const PlanePoint at = apply(similarity_at(angle, scale, {k.x, k.y}, {q.x, q.y}), middle.at);
    const double turn = angle / (2 * std::numbers::pi);
    const Cells turns((turn - std::floor(turn)) * kTurns);
    const Cells sizes(std::log2(scale));
    // A cell of place must be the same size for all pairs that share a cell of size.
    for (std::size_t i = 0; i < kOverlaps; ++i) {
        const std::uint64_t size = sizes.at((i & 1U) != 0);
        const double step =
            kPlaceStep * middle.extent * std::exp2(static_cast<double>(size) - 0x8000 + 0.5);
        const Cells across(std::clamp(at.x / step, -16000.0, 16000.0));
        const Cells down(std::clamp(at.y / step, -16000.0, 16000.0));
        const std::uint64_t turned = (turns.at((i & 2U) != 0) + kTurns - 0x8000) % kTurns;
        vote.cell =
            turned << 48U | size << 32U | across.at((i & 4U) != 0) << 16U | down.at((i & 8U) != 0);
        votes.push_back(vote);
    }
}

}  // namespace

std::vector<std::uint32_t> order_by_votes(std::span<const PointPair> pairs,
                                          std::span<const std::uint32_t> free,
                                          PlaceLists places,
                                          int limit) {
    const Middle middle = middle_of(pairs, free, places.known);
    std::vector<Vote> votes;
    votes.reserve(free.size() * kOverlaps);
    for (std::uint32_t i = 0; i < free.size(); ++i) {
        const PointPair& pair = pairs[free[i]];
        cast(places.known[pair.known], places.query[pair.query], middle, {0, i, pair.weight},
             votes);
    }
    std::sort(votes.begin(), votes.end(), [](const Vote& a, const Vote& b) {
        return a.cell != b.cell ? a.cell < b.cell : a.pair < b.pair;
    });
    std::vector<double> best(free.size());
    for (std::size_t begin = 0; begin < votes.size();) {
        std::size_t end = begin;
        double sum = 0;
        while (end < votes.size() && votes[end].cell == votes[begin].cell) {
            sum += votes[end++].weight;
        }
        for (; begin < end; ++begin) {
            best[votes[begin].pair] = std::max(best[votes[begin].pair], sum);
        }
    }
    std::vector<std::uint32_t> order(free.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    const std::size_t kept = std::min(order.size(), static_cast<std::size_t>(std::max(0, limit)));
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                      [&](std::uint32_t a, std::uint32_t b) {
                          return best[a] != best[b] ? best[a] > best[b] : a < b;
                      });
    order.resize(kept);
    for (std::uint32_t& i : order) {
        i = free[i];
    }
    return order;
}

}  // namespace refrain::align
