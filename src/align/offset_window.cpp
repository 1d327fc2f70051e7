#include "align/offset_window.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace refrain::align {

namespace {

/// Sums in different order differ in the last bits; a peak must be higher by more than that.
constexpr double kTie = 1e-9;

double heaviest(const std::vector<double>& weights) {
    return weights.empty() ? 0 : *std::max_element(weights.begin(), weights.end());
}

}  // namespace

OffsetPeak OffsetSweep::best_offset(std::span<const OffsetVote> votes) {
    edges_.clear();
    std::uint32_t frames = 0;
    for (std::uint32_t i = 0; i < votes.size(); ++i) {
        edges_.push_back({votes[i].begin, i, false});
        edges_.push_back({votes[i].end, i, true});
        frames = std::max(frames, votes[i].frame + 1);
    }
    std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) {
        return std::tie(a.offset, a.is_end, a.vote) < std::tie(b.offset, b.is_end, b.vote);
    });
    if (active_.size() < frames) {
        active_.resize(frames);
    }
    OffsetPeak peak;
    double sum = 0;
    for (std::size_t i = 0; i < edges_.size(); ++i) {
        const OffsetVote& vote = votes[edges_[i].vote];
        std::vector<double>& open = active_[vote.frame];
        const double before = heaviest(open);
        if (edges_[i].is_end) {
            open.erase(std::find(open.begin(), open.end(), vote.weight));
        } else {
            open.push_back(vote.weight);
        }
        sum += heaviest(open) - before;
        if (sum > peak.weight + kTie) {
            std::size_t next = i + 1;
            while (!edges_[next].is_end && edges_[next].offset == edges_[i].offset) {
                ++next;
            }
            peak = {edges_[i].offset, edges_[next].offset, sum};
        }
    }
    return peak;
}

OffsetPeak best_offset_plain(std::span<const OffsetVote> votes) {
    OffsetPeak peak;
    for (const OffsetVote& candidate : votes) {
        std::map<std::uint32_t, double> by_frame;
        double next = candidate.end;
        for (const OffsetVote& vote : votes) {
            if (vote.begin <= candidate.begin && candidate.begin <= vote.end) {
                double& best = by_frame[vote.frame];
                best = std::max(best, vote.weight);
                next = std::min(next, vote.end);
            } else if (vote.begin > candidate.begin) {
                next = std::min(next, vote.begin);
            }
        }
        double sum = 0;
        for (const auto& [frame, weight] : by_frame) {
            sum += weight;
        }
        const bool is_tie = sum > peak.weight - kTie && sum < peak.weight + kTie;
        if (sum >= peak.weight + kTie || (is_tie && candidate.begin < peak.begin)) {
            peak = {candidate.begin, next, sum};
        }
    }
    return peak;
}

}  // namespace refrain::align
