#include "evidence/local/vote_ranking.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>

namespace refrain::evidence {

namespace {

/// The votes of one frame's items, of each the best picture's.
using VotesOfFrame = std::map<PlacedGroup, double>;

/// What an item of the frame has by chance.
double by_chance(const VotesOfFrame& items, std::size_t shown) {
    if (items.size() <= shown) {
        return 0;
    }
    std::vector<double> votes;
    votes.reserve(items.size());
    for (const auto& [group, own] : items) {
        votes.push_back(own);
    }
    const auto next = votes.begin() + static_cast<std::ptrdiff_t>(shown);
    std::nth_element(votes.begin(), next, votes.end(), std::greater<>());
    return *next;
}

}  // namespace

void keep_mutual(std::span<VotedPicture> voted) {
    for (VotedPicture& picture : voted) {
        std::vector<align::PointPair> mutual = mutual_among(picture.pairs);
        picture.votes *= static_cast<double>(mutual.size()) /
                         static_cast<double>(std::max<std::size_t>(1, picture.pairs.size()));
        picture.pairs = std::move(mutual);
    }
}

std::vector<RankedGroup> rank_items(std::span<const VotedPicture> voted,
                                    bool is_negative,
                                    const RankingRules& rules) {
    std::map<PlacedGroup, RankedGroup> groups;
    std::map<std::uint32_t, VotesOfFrame> frames;
    for (const VotedPicture& picture : voted) {
        const PlacedGroup group{picture.key, picture.is_mirrored, is_negative};
        groups[group].pictures.push_back(&picture);
        double& votes = frames[picture.query_frame][group];
        votes = std::max(votes, picture.votes);
    }
    std::map<PlacedGroup, double> sums;  // tell those that have nothing beyond chance
    for (const auto& [frame, items] : frames) {
        const double chance = by_chance(items, rules.shown_items);
        for (const auto& [group, votes] : items) {
            const double more = std::max(0.0, votes - chance);
            groups[group].votes += more * more;
            sums[group] += votes;
        }
    }
    std::vector<RankedGroup> ranked;
    ranked.reserve(groups.size());
    for (auto& [group, found] : groups) {
        ranked.push_back({group, std::sqrt(found.votes), std::move(found.pictures)});
    }
    std::sort(ranked.begin(), ranked.end(), [&](const RankedGroup& a, const RankedGroup& b) {
        const double sum_a = sums[a.group];
        const double sum_b = sums[b.group];
        return std::tie(b.votes, sum_b, a.group) < std::tie(a.votes, sum_a, b.group);
    });
    return ranked;
}

}  // namespace refrain::evidence
