#include "verdict/frame_score.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace refrain::verdict {

namespace {

// Distances of PDQ codes of unrelated photos, 7.3 million pairs of one picture with a view of
// another: mean 128, deviation 8.2; -log10 of the share at or below 96 is 3.94, and from there to
// 74, the nearest pair, it grows by 0.133 a bit. docs/thresholds.md tells how to measure that
// again.
constexpr double kUnrelatedMean = 128.0;
constexpr double kUnrelatedDeviation = 8.5;
constexpr int kTailBegins = 96;
constexpr double kTailSlope = 0.15;

// Two frames of one video closer than this are one witness.
constexpr int kSameLook = 31;
constexpr double kFurtherShare = 0.25;
constexpr std::size_t kMaxWitnesses = 16;

}  // namespace

double rarity(int distance) {
    const int bulk = std::max(distance, kTailBegins);
    const double z = (kUnrelatedMean - bulk - 0.5) / kUnrelatedDeviation;
    const double chance = 0.5 * std::erfc(z / std::numbers::sqrt2);
    return std::max(0.0, -std::log10(chance)) + kTailSlope * (bulk - distance);
}

double frame_score(std::span<const FrameEvidence> evidence, double comparisons) {
    if (evidence.empty()) {
        return 0;
    }
    std::vector<FrameEvidence> nearest(evidence.begin(), evidence.end());
    std::stable_sort(
        nearest.begin(), nearest.end(),
        [](const FrameEvidence& a, const FrameEvidence& b) { return a.distance < b.distance; });
    std::vector<Hash256> witnesses;
    double sum = 0;
    for (const FrameEvidence& frame : nearest) {
        const bool is_new = std::none_of(witnesses.begin(), witnesses.end(), [&](const Hash256& w) {
            return hamming_distance(w, frame.query_hash) <= kSameLook;
        });
        if (is_new) {
            sum += rarity(frame.distance) * (witnesses.empty() ? 1.0 : kFurtherShare);
            witnesses.push_back(frame.query_hash);
        }
        if (witnesses.size() >= kMaxWitnesses) {
            break;
        }
    }
    return std::max(0.0, sum - std::log10(std::max(1.0, comparisons)));
}

}  // namespace refrain::verdict
