#include "corpus/candidate.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "verdict/frame_score.h"

namespace refrain::corpus {

bool is_wanted(const KnownItem& item, const FindOptions& options) {
    return options.banks.empty() ||
           std::find(options.banks.begin(), options.banks.end(), item.bank) != options.banks.end();
}

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

}  // namespace

Result<SeedFindings> group_hits(const KnownSet& known,
                                const Query& query,
                                const std::vector<FrameHit>& hits,
                                const FindOptions& options) {
    const Result<std::set<std::int64_t>> wanted = wanted_keys(known, hits, options);
    if (!wanted) {
        return wanted.error();
    }
    // The nearest hit of each seed in each item.
    std::map<std::pair<std::int64_t, std::uint32_t>, std::map<std::uint32_t, int>> nearest;
    std::set<std::pair<std::uint32_t, std::int64_t>> looks_like;
    for (const FrameHit& hit : hits) {
        const Seed seed = query.seeds()[hit.query];
        looks_like.emplace(seed.frame, hit.key);
        if (!wanted->contains(hit.key)) {
            continue;
        }
        auto& seeds = nearest[{hit.key, seed.view}];
        const auto [slot, is_new] = seeds.try_emplace(hit.query, hit.distance);
        slot->second = std::min(slot->second, hit.distance);
    }
    SeedFindings findings;
    findings.sharing.assign(query.frames().size(), 0);
    for (const auto& [frame, key] : looks_like) {
        ++findings.sharing[frame];
    }
    for (const auto& [place, seeds] : nearest) {
        Candidate candidate{place.first, place.second, 0};
        for (const auto& [seed, distance] : seeds) {
            candidate.votes += verdict::rarity(distance);
        }
        findings.candidates.push_back(candidate);
    }
    std::stable_sort(findings.candidates.begin(), findings.candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.votes > b.votes; });
    return findings;
}

std::vector<PairedFrame> pair_frames(const Query& query,
                                     const KnownItem& item,
                                     std::uint32_t view) {
    std::vector<PairedFrame> pairs;
    for (std::uint32_t q = 0; q < query.frames().size(); ++q) {
        const Hash256 code = query.code(q, view);
        for (std::uint32_t k = 0; k < item.frames.size(); ++k) {
            const int distance = hamming_distance(code, item.frames[k].hash);
            if (distance <= verdict::kMaxCompanionDistance) {
                pairs.push_back({q, k, distance});
            }
        }
    }
    return pairs;
}

}  // namespace refrain::corpus
