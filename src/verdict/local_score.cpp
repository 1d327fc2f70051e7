#include "verdict/local_score.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace refrain::verdict {

namespace {

// -log10 of the share of unrelated codes within a distance: 7 at 24 bits, from there to 64 it falls
// by 0.0975 a bit; docs/decisions/0050-local-features.md.
constexpr double kRarityAtNearest = 7.0;
constexpr int kNearest = 24;
constexpr double kRarityPerBit = 0.0975;
constexpr double kLeastRarity = 2.5;
constexpr double kLeastWeight = 0.05;

constexpr double kFurtherShare = 0.4;
// As for whole frames.
constexpr double kIndependentBits = 96.0;
constexpr std::size_t kMaxWitnesses = 24;
// No frame is believed more than this, so that one alone never outweighs all others by far.
constexpr double kMaxWitness = 72.0;
// Both kinds see the same pixels.
constexpr double kSecondShare = 0.5;

}  // namespace

float pair_weight(int distance) {
    const double rarity = kRarityAtNearest - (distance - kNearest) * kRarityPerBit;
    const double above = (rarity - kLeastRarity) / (kRarityAtNearest - kLeastRarity);
    return static_cast<float>(std::clamp(above, kLeastWeight, 1.0));
}

double local_score(std::span<const LocalWitness> witnesses, double comparisons) {
    std::vector<LocalWitness> sorted(witnesses.begin(), witnesses.end());
    std::sort(sorted.begin(), sorted.end(), [](const LocalWitness& a, const LocalWitness& b) {
        return a.score != b.score ? a.score > b.score : a.query_hash < b.query_hash;
    });
    sorted.resize(std::min(sorted.size(), kMaxWitnesses));
    double sum = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        int nearest = Hash256::kBits;
        for (std::size_t j = 0; j < i; ++j) {
            nearest =
                std::min({nearest, hamming_distance(sorted[j].query_hash, sorted[i].query_hash),
                          hamming_distance(sorted[j].known_hash, sorted[i].known_hash)});
        }
        const double share =
            i == 0 ? 1.0 : kFurtherShare * std::min(1.0, nearest / kIndependentBits);
        sum += share * std::clamp(sorted[i].score, 0.0, kMaxWitness);
    }
    return std::clamp(sum - std::log10(std::max(1.0, comparisons)), 0.0, kMaxScore);
}

double combined_score(double frames, double local) {
    return std::min(kMaxScore, std::max(frames, local) + kSecondShare * std::min(frames, local));
}

}  // namespace refrain::verdict
