#include "evidence/frames/seed_search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "evidence/media_count.h"
#include "evidence/related_media.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

// Items that look like a frame by so many bits more than the one that looks most like it show the
// same frame; the siblings of a copy lie further apart.
constexpr int kAsNear = 10;

/// The items that lie at most so many bits further than the nearest one.
std::set<std::int64_t> all_of(const std::map<std::int64_t, int>& distances, int further) {
    int nearest = Hash256::kBits;
    for (const auto& [key, distance] : distances) {
        nearest = std::min(nearest, distance);
    }
    std::set<std::int64_t> keys;
    for (const auto& [key, distance] : distances) {
        if (distance <= nearest + further) {
            keys.insert(key);
        }
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

Result<void> SeedSearch::run(const std::set<std::int64_t>& /*seen*/, const std::stop_token& stop) {
    if (stop.stop_requested()) {
        return Error{ErrorCode::kCancelled, "stopped while searching"};
    }
    const Result<std::vector<FrameHit>> hits =
        index_.near_codes(query_.seed_codes(), verdict::kMaxDistance);
    if (!hits) {
        return hits.error();
    }
    const Result<std::set<std::int64_t>> wanted =
        wanted_among(items_of(*hits), items_, options_.banks);
    if (!wanted) {
        return wanted.error();
    }
    comparisons_ = static_cast<double>(query_.seeds().size()) * static_cast<double>(index_.codes());
    if (Result<void> grouped = group(*hits, *wanted); !grouped) {
        return grouped;
    }
    for (const Candidate& candidate : candidates_) {
        by_item_[candidate.key].push_back(&candidate);
    }
    return {};
}

/// How many media each frame looks like, and how many of these have nothing else in common.
Result<void> SeedSearch::count_sharing(const std::map<std::uint32_t, NearestOf>& looks_like) {
    sharing_.assign(query_.frames().size(), {});
    MediaCount media(items_);
    RelatedMedia related(items_);
    for (const auto& [frame, distances] : looks_like) {
        const Result<std::size_t> count = media.of(all_of(distances, Hash256::kBits));
        if (!count) {
            return count.error();
        }
        SharedBy& shared = sharing_[frame];
        shared.media = static_cast<int>(*count);
        if (shared.media > verdict::kScoreRules.few_share) {
            const Result<std::size_t> unrelated = related.unrelated(all_of(distances, kAsNear));
            if (!unrelated) {
                return unrelated.error();
            }
            shared.unrelated = static_cast<int>(*unrelated);
        }
    }
    return {};
}

/// Groups hits by known item and view.
Result<void> SeedSearch::group(std::span<const FrameHit> hits,
                               const std::set<std::int64_t>& wanted) {
    std::map<std::pair<std::int64_t, QueryView>, Candidate> by_view;
    std::map<std::uint32_t, NearestOf> looks_like;
    for (auto from = hits.begin(); from != hits.end();) {
        // Hits are sorted by seed and key.
        const auto until = std::find_if(from, hits.end(), [&](const FrameHit& hit) {
            return hit.query != from->query || hit.key != from->key;
        });
        const Seed seed = query_.seeds()[from->query];
        const auto nearest = std::min_element(
            from, until,
            [](const FrameHit& a, const FrameHit& b) { return a.distance < b.distance; });
        int& distance =
            looks_like[seed.frame].try_emplace(from->key, nearest->distance).first->second;
        distance = std::min(distance, nearest->distance);
        if (wanted.contains(from->key)) {
            add_hits({from, until}, by_view[{from->key, seed.view}]);
        }
        from = until;
    }
    if (Result<void> counted = count_sharing(looks_like); !counted) {
        return counted;
    }
    for (auto& [place, candidate] : by_view) {
        candidate.key = place.first;
        candidate.view = place.second;
        candidates_.push_back(std::move(candidate));
    }
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.votes > b.votes; });
    return {};
}

std::vector<FoundItem> SeedSearch::found() const {
    std::vector<FoundItem> items;
    items.reserve(by_item_.size());
    for (const auto& [key, candidates] : by_item_) {
        items.push_back({key, candidates.front()->votes});
    }
    return items;
}

void SeedSearch::count_trials(Trials& trials) const { trials.codes += comparisons_; }

/// Tells the hits of an item apart by the part that they lie in.
void SeedSearch::sort_hits(const KnownItem& item) {
    const auto found = by_item_.find(item.key);
    if (found == by_item_.end() || sorted_.contains(item.key)) {
        return;
    }
    std::vector<ViewOfPart>& order = sorted_[item.key];
    for (const Candidate* candidate : found->second) {
        for (const SeedHit& hit : candidate->hits) {
            const std::optional<PlaceInItem> place = frame_at(item, hit.frame);
            if (!place) {
                continue;  // of an item that was replaced meanwhile
            }
            const ViewOfPart key{item.key, place->part, candidate->view};
            std::vector<SeedHit>& hits = hits_[key];
            if (hits.empty()) {
                order.push_back(key);
            }
            hits.push_back({hit.seed, place->index, hit.distance});
        }
    }
}

const std::vector<Likeness>& SeedSearch::likenesses(const KnownItem& item,
                                                    const ViewOfPart& place,
                                                    WorkLeft& work) {
    const auto known = likenesses_.find(place);
    if (known != likenesses_.end()) {
        return known->second;
    }
    PairBounds bounds;
    bounds.compared = work.pairs;
    const KnownItem& part = *part_of(item, place.part);
    const PairedFrames paired = pair_frames(query_, part, place.view, hits_[place], bounds);
    work.pairs -= paired.compared;
    if (paired.is_cut_off) {
        work.cut_off = "too many pairs of frames look alike: not all were compared";
    }
    // An entry of a hash list says that this very picture is known, and so do those beside it:
    // lists have most pictures several times.
    const bool counts_sharing =
        item.codes == CodeKind::kAreaMeans || item.kind == MediaKind::kVideo;
    std::vector<Likeness>& list = likenesses_[place];
    list.reserve(paired.pairs.size());
    for (const PairedFrame& pair : paired.pairs) {
        const KnownFrame& shown = part.frames[pair.known];
        list.push_back({pair.query,
                        {shown.begin, shown.end},
                        pair.distance,
                        std::min<int>(query_.frames()[pair.query].quality, shown.quality),
                        counts_sharing ? std::max(1, sharing_[pair.query].media) : 1,
                        false,
                        counts_sharing ? std::max(1, sharing_[pair.query].unrelated) : 1});
    }
    return list;
}

void SeedSearch::add_sightings(const KnownItem& item, WorkLeft& work, Sightings& sightings) {
    sort_hits(item);
    std::vector<ViewOfPart> views = sorted_[item.key];
    for (const PlacesInView& place : sightings.places) {
        const ViewOfPart plain{item.key, place.part,
                               plain_view(place.is_mirrored, place.is_negative)};
        if (std::find(views.begin(), views.end(), plain) == views.end()) {
            views.push_back(plain);
        }
    }
    for (const ViewOfPart& place : views) {
        sightings.likenesses.push_back({place.part, place.view, &likenesses(item, place, work)});
    }
}

}  // namespace refrain::evidence
