#include "verdict/frame_score.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace refrain::verdict {

double rarity(int distance, const ScoreRules& rules) {
    const int bulk = std::max(distance, rules.tail_begins);
    const double z = (rules.unrelated_mean - bulk - 0.5) / rules.unrelated_deviation;
    const double chance = 0.5 * std::erfc(z / std::numbers::sqrt2);
    return std::max(0.0, -std::log10(chance)) + rules.tail_slope * (bulk - distance);
}

double weight_of_shared(int media, const ScoreRules& rules) {
    return std::clamp(static_cast<double>(rules.many_share - media) /
                          std::max(1, rules.many_share - rules.few_share),
                      0.0, 1.0);
}

double frame_weight(const FrameEvidence& frame, const ScoreRules& rules) {
    const double quality =
        std::clamp(frame.quality / rules.full_quality, rules.least_quality_share, 1.0);
    const double counted = quality * weight_of_shared(frame.unrelated_items, rules);
    return rarity(frame.distance, rules) * counted / std::sqrt(std::max(1, frame.sharing_items));
}

double frame_score(std::span<const FrameEvidence> evidence,
                   double comparisons,
                   const ScoreRules& rules) {
    struct Weighed {
        double weight;
        const FrameEvidence* frame;
    };
    std::vector<Weighed> frames;
    frames.reserve(evidence.size());
    for (const FrameEvidence& frame : evidence) {
        frames.push_back({frame_weight(frame, rules), &frame});
    }
    std::sort(frames.begin(), frames.end(), [](const Weighed& a, const Weighed& b) {
        return a.weight != b.weight ? a.weight > b.weight
                                    : a.frame->query_hash < b.frame->query_hash;
    });
    const bool is_by_edges = std::all_of(evidence.begin(), evidence.end(),
                                         [](const FrameEvidence& f) { return f.is_by_edges; });
    if (is_by_edges) {
        comparisons = std::min(comparisons, rules.most_edge_comparisons);
    }
    std::vector<const Hash256*> witnesses;
    double sum = 0;
    for (const Weighed& next : frames) {
        int nearest = Hash256::kBits;
        for (const Hash256* witness : witnesses) {
            nearest = std::min(nearest, hamming_distance(*witness, next.frame->query_hash));
        }
        const double share = witnesses.empty() ? 1.0 : share_of_further(nearest, rules);
        sum += share * next.weight;
        witnesses.push_back(&next.frame->query_hash);
        if (witnesses.size() >= rules.max_witnesses) {
            break;
        }
    }
    return std::clamp(sum - std::log10(std::max(1.0, comparisons)), 0.0, rules.max_frames_score);
}

}  // namespace refrain::verdict
