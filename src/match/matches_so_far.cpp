#include "match/matches_so_far.h"

#include <utility>

#include "match/describe_match.h"

namespace refrain::match {

void MatchesSoFar::offer(std::int64_t key, ItemMatch found, bool has_places) {
    const auto slot = best_.find(key);
    if (slot == best_.end()) {
        best_.emplace(key, std::move(found));
    } else if (has_places || found.match.score > slot->second.match.score) {
        slot->second = std::move(found);
    }
}

bool MatchesSoFar::explain(const evidence::Query& part,
                           const std::string& bank,
                           double least) const {
    std::vector<TimeSpan> spans;
    for (const auto& [key, found] : best_) {
        if (found.match.bank != bank || found.match.score < least) {
            continue;
        }
        for (const Explained& one : found.explained) {
            if (one.part == part.fingerprint().part.index && one.score >= least) {
                if (one.is_whole) {
                    return true;
                }
                spans.push_back(one.time);
            }
        }
    }
    return !spans.empty() && covered(spans, part.end() - part.begin()) >= rules_.explained;
}

std::vector<Match> MatchesSoFar::take() {
    std::vector<Match> matches;
    matches.reserve(best_.size());
    for (auto& [key, found] : best_) {
        matches.push_back(std::move(found.match));
    }
    best_.clear();
    return matches;
}

}  // namespace refrain::match
