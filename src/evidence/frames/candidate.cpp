#include "evidence/frames/candidate.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

/// Of the items that were hit, those in a bank that was asked for.
Result<std::set<std::int64_t>> wanted_keys(const KnownSet& known,
                                           const std::vector<FrameHit>& hits,
                                           const FindOptions& options) {
    std::set<std::int64_t> keys;
    for (const FrameHit& hit : hits) {
        keys.insert(hit.key);
    }
    if (options.banks.empty()) {
        return keys;
    }
    for (auto key = keys.begin(); key != keys.end();) {
        const Result<KnownItemPtr> item = known.find(*key);
        if (!item) {
            return item.error();
        }
        const bool is_kept = *item != nullptr && is_wanted(**item, options);
        key = is_kept ? std::next(key) : keys.erase(key);
    }
    return keys;
}

/// Adds the hits of one seed in one item.
void add_hits(std::span<const FrameHit> hits, Candidate& candidate) {
    std::vector<SeedHit> kept;
    kept.reserve(hits.size());
    int nearest = Hash256::kBits;
    for (const FrameHit& hit : hits) {
        kept.push_back({hit.query, hit.frame, hit.distance});
        nearest = std::min(nearest, hit.distance);
    }
    if (kept.size() > kMaxHitsOfSeed) {
        std::stable_sort(kept.begin(), kept.end(), [](const SeedHit& a, const SeedHit& b) {
            return a.distance < b.distance;
        });
        kept.resize(kMaxHitsOfSeed);
        std::sort(kept.begin(), kept.end(),
                  [](const SeedHit& a, const SeedHit& b) { return a.frame < b.frame; });
    }
    candidate.votes += verdict::rarity(nearest);
    candidate.hits.insert(candidate.hits.end(), kept.begin(), kept.end());
}

}  // namespace

Result<SeedFindings> group_hits(const KnownSet& known,
                                const Query& query,
                                const std::vector<FrameHit>& hits,
                                const FindOptions& options) {
    const Result<std::set<std::int64_t>> wanted = wanted_keys(known, hits, options);
    if (!wanted) {
        return wanted.error();
    }
    std::map<std::pair<std::int64_t, std::uint32_t>, Candidate> by_view;
    std::set<std::pair<std::uint32_t, std::int64_t>> looks_like;
    for (auto from = hits.begin(); from != hits.end();) {
        // Hits are sorted by seed and key.
        const auto until = std::find_if(from, hits.end(), [&](const FrameHit& hit) {
            return hit.query != from->query || hit.key != from->key;
        });
        const Seed seed = query.seeds()[from->query];
        looks_like.emplace(seed.frame, from->key);
        if (wanted->contains(from->key)) {
            add_hits({from, until}, by_view[{from->key, seed.view}]);
        }
        from = until;
    }
    SeedFindings findings;
    findings.sharing.assign(query.frames().size(), 0);
    for (const auto& [frame, key] : looks_like) {
        ++findings.sharing[frame];
    }
    for (auto& [place, candidate] : by_view) {
        candidate.key = place.first;
        candidate.view = place.second;
        findings.candidates.push_back(std::move(candidate));
    }
    std::stable_sort(findings.candidates.begin(), findings.candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.votes > b.votes; });
    return findings;
}

}  // namespace refrain::evidence
