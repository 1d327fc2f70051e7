#include "verdict/local_score.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace refrain::verdict {

double pair_rarity(int distance, const ScoreRules& rules) {
    return rules.rarity_at_nearest - std::max(0, distance - rules.nearest) * rules.rarity_per_bit;
}

float pair_weight(int distance, const ScoreRules& rules) {
    const double above = (pair_rarity(distance, rules) - rules.least_rarity) /
                         (rules.rarity_at_nearest - rules.least_rarity);
    return static_cast<float>(std::clamp(above, rules.least_weight, 1.0));
}

double local_score(std::span<const LocalWitness> witnesses,
                   double comparisons,
                   const ScoreRules& rules) {
    std::vector<LocalWitness> sorted(witnesses.begin(), witnesses.end());
    std::sort(sorted.begin(), sorted.end(), [](const LocalWitness& a, const LocalWitness& b) {
        return a.score != b.score ? a.score > b.score : a.query_hash < b.query_hash;
    });
    sorted.resize(std::min(sorted.size(), rules.max_witnesses));
    double sum = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        int nearest = Hash256::kBits;
        for (std::size_t j = 0; j < i; ++j) {
            nearest =
                std::min({nearest, hamming_distance(sorted[j].query_hash, sorted[i].query_hash),
                          hamming_distance(sorted[j].known_hash, sorted[i].known_hash)});
        }
        const double share = i == 0 ? 1.0 : share_of_further(nearest, rules);
        sum += share * std::clamp(sorted[i].score, 0.0, rules.max_witness);
    }
    return std::clamp(sum - std::log10(std::max(1.0, comparisons)), 0.0, rules.max_score);
}

double combined_score(double frames, double local, const ScoreRules& rules) {
    return std::min(rules.max_score,
                    std::max(frames, local) + rules.second_share * std::min(frames, local));
}

}  // namespace refrain::verdict
