#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "align/placement_rules.h"
#include "evidence/local/first_look.h"
#include "verdict/local_score.h"

namespace refrain::evidence {

namespace {

// Of one known picture so many of the nearest pairs are compared, with so many of the very nearest.
constexpr std::size_t kMostPairs = 256;
constexpr std::size_t kMostSeeds = 64;
constexpr double kNoPromise = -std::numeric_limits<double>::infinity();

struct Matched {
    align::PointPlace query;
    align::PointPlace known;
    double rarity = 0;
};

float angle_between(float a, float b) {
    constexpr float kTurn = 2 * std::numbers::pi_v<float>;
    const float turn = std::fmod(std::abs(a - b), kTurn);
    return std::min(turn, kTurn - turn);
}

float squared_distance(const align::PointPlace& a, const align::PointPlace& b) {
    return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);
}

bool are_apart(const Matched& a, const Matched& b, float pixels) {
    return squared_distance(a.query, b.query) >= pixels * pixels &&
           squared_distance(a.known, b.known) >= pixels * pixels;
}

/// Whether the map that two pairs fix by where they lie turns and scales as each of them says.
bool agree(const Matched& a, const Matched& b) {
    constexpr align::PlacementRules kRules;
    const float query_turn = std::atan2(b.query.y - a.query.y, b.query.x - a.query.x);
    const float known_turn = std::atan2(b.known.y - a.known.y, b.known.x - a.known.x);
    const float log_scale =
        std::log2(squared_distance(a.query, b.query) / squared_distance(a.known, b.known)) / 2;
    return std::ranges::all_of(std::array{&a, &b}, [&](const Matched* pair) {
        const float own = std::log2(pair->query.scale / pair->known.scale);
        return std::abs(own - log_scale) <= kRules.log_scale_tolerance &&
               angle_between(query_turn - known_turn, pair->query.angle - pair->known.angle) <=
                   kRules.turn_tolerance;
    });
}

/// The nearest pairs, as many as are compared, with their places; the nearest first.
std::vector<Matched> nearest(std::span<const align::PointPair> pairs,
                             std::span<const align::PointPlace> query,
                             std::span<const align::PointPlace> known) {
    std::vector<align::PointPair> sorted(pairs.begin(), pairs.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const align::PointPair& a, const align::PointPair& b) {
                         return a.distance < b.distance;
                     });
    sorted.resize(std::min(sorted.size(), kMostPairs));
    std::vector<Matched> matched;
    for (const align::PointPair& pair : sorted) {
        matched.push_back(
            {query[pair.query], known[pair.known], verdict::pair_rarity(pair.distance)});
    }
    return matched;
}

}  // namespace

double promise_of(std::span<const align::PointPair> pairs,
                  std::span<const align::PointPlace> query,
                  std::span<const align::PointPlace> known,
                  double asked,
                  const FirstLookRules& rules) {
    const std::vector<Matched> matched = nearest(pairs, query, known);
    const double chances = std::log10(asked * static_cast<double>(known.size()));
    double best = kNoPromise;
    std::vector<const Matched*> agreeing;
    for (std::size_t i = 0; i < std::min(matched.size(), kMostSeeds); ++i) {
        agreeing.assign({&matched[i]});
        double sum = matched[i].rarity - chances;
        for (const Matched& other : matched) {
            const double worth = other.rarity - chances + rules.agreement;
            if (worth <= 0) {
                break;  // the others are further
            }
            const bool is_apart = std::ranges::all_of(
                agreeing, [&](const Matched* one) { return are_apart(*one, other, rules.apart); });
            if (is_apart && agree(matched[i], other)) {
                agreeing.push_back(&other);
                sum += worth;
            }
        }
        if (agreeing.size() >= 2) {
            best = std::max(best, sum);
        }
    }
    return best;
}

}  // namespace refrain::evidence
