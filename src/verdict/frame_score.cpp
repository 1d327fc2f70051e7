#include "verdict/frame_score.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace refrain::verdict {

namespace {

// Distances of PDQ codes of unrelated photos, 7.3 million pairs of one picture with a view of
// another: mean 128, deviation 8.2; -log10 of the share at or below 96 is 3.95, from there to 80 it
// grows by 0.144 a bit, and no pair is nearer than 76. docs/thresholds.md has the table.
constexpr double kUnrelatedMean = 128.0;
constexpr double kUnrelatedDeviation = 8.5;
constexpr int kTailBegins = 96;
constexpr double kTailSlope = 0.15;

// A frame of this PDQ quality or more counts in full; docs/thresholds.md.
constexpr double kFullQuality = 50.0;
constexpr double kLeastQualityShare = 0.25;

// A frame at this distance from all earlier witnesses is one of its own; unrelated pictures are
// 128 apart.
constexpr double kIndependentBits = 96.0;
// Even then both come from one camera, one channel, one day.
constexpr double kFurtherShare = 0.4;
// Bounds the work; a score has long passed every threshold by then.
constexpr std::size_t kMaxWitnesses = 24;
constexpr double kMaxScore = 60.0;

}  // namespace

double rarity(int distance) {
    const int bulk = std::max(distance, kTailBegins);
    const double z = (kUnrelatedMean - bulk - 0.5) / kUnrelatedDeviation;
    const double chance = 0.5 * std::erfc(z / std::numbers::sqrt2);
    return std::max(0.0, -std::log10(chance)) + kTailSlope * (bulk - distance);
}

double frame_weight(const FrameEvidence& frame) {
    const double quality = std::clamp(frame.quality / kFullQuality, kLeastQualityShare, 1.0);
    return rarity(frame.distance) * quality / std::sqrt(std::max(1, frame.sharing_items));
}

double frame_score(std::span<const FrameEvidence> evidence, double comparisons) {
    struct Weighed {
        double weight;
        const FrameEvidence* frame;
    };
    std::vector<Weighed> frames;
    frames.reserve(evidence.size());
    for (const FrameEvidence& frame : evidence) {
        frames.push_back({frame_weight(frame), &frame});
    }
    std::sort(frames.begin(), frames.end(), [](const Weighed& a, const Weighed& b) {
        return a.weight != b.weight ? a.weight > b.weight
                                    : a.frame->query_hash < b.frame->query_hash;
    });
    std::vector<const Hash256*> witnesses;
    double sum = 0;
    for (const Weighed& next : frames) {
        int nearest = Hash256::kBits;
        for (const Hash256* witness : witnesses) {
            nearest = std::min(nearest, hamming_distance(*witness, next.frame->query_hash));
        }
        const double share =
            witnesses.empty() ? 1.0 : kFurtherShare * std::min(1.0, nearest / kIndependentBits);
        sum += share * next.weight;
        witnesses.push_back(&next.frame->query_hash);
        if (witnesses.size() >= kMaxWitnesses) {
            break;
        }
    }
    return std::clamp(sum - std::log10(std::max(1.0, comparisons)), 0.0, kMaxScore);
}

}  // namespace refrain::verdict
