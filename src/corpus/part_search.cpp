#include "corpus/part_search.h"

#include <algorithm>
#include <optional>
#include <set>

#include "match/describe_match.h"

namespace refrain::corpus {

Result<void> PartSearch::search_frames(const evidence::KnownSet& known,
                                       const FindOptions& options) {
    Result<std::vector<evidence::FrameHit>> hits = known.search(query_.seed_codes());
    if (!hits) {
        return std::move(hits).error();
    }
    Result<evidence::SeedFindings> grouped = group_hits(known, query_, *hits, options);
    if (!grouped) {
        return grouped.error();
    }
    findings_ = std::move(*grouped);
    for (const evidence::Candidate& candidate : findings_.candidates) {
        candidates_[candidate.key].push_back(&candidate);
    }
    return {};
}

Result<void> PartSearch::search_places(const evidence::KnownSet& known,
                                       const FindOptions& options,
                                       evidence::LocalShare share) {
    std::set<std::int64_t> seen_whole;
    for (const auto& [key, candidates] : candidates_) {
        seen_whole.insert(key);
    }
    Result<evidence::LocalFindings> found =
        search_local(known, query_.fingerprint(), seen_whole, options, share);
    if (!found) {
        return found.error();
    }
    places_ = std::move(*found);
    return {};
}

/// Tells the hits of an item apart by the part that they lie in.
void PartSearch::sort_hits(const evidence::KnownItem& item) {
    const auto found = candidates_.find(item.key);
    if (found == candidates_.end() || sorted_.contains(item.key)) {
        return;
    }
    std::vector<ViewOfPart>& order = sorted_[item.key];
    for (const evidence::Candidate* candidate : found->second) {
        for (const evidence::SeedHit& hit : candidate->hits) {
            const std::optional<evidence::PlaceInItem> place = frame_at(item, hit.frame);
            if (!place) {
                continue;  // of an item that was replaced meanwhile
            }
            const ViewOfPart key{item.key, place->part, candidate->view};
            std::vector<evidence::SeedHit>& hits = hits_[key];
            if (hits.empty()) {
                order.push_back(key);
            }
            hits.push_back({hit.seed, place->index, hit.distance});
        }
    }
}

const std::vector<evidence::PairedFrame>& PartSearch::pairs_of(const evidence::KnownItem& item,
                                                               const ViewOfPart& place,
                                                               WorkLeft& work) {
    const auto found = pairs_.find(place);
    if (found != pairs_.end()) {
        return found->second;
    }
    evidence::PairBounds bounds;
    bounds.compared = work.pairs;
    evidence::PairedFrames paired =
        pair_frames(query_, *part_of(item, place.part), place.view, hits_[place], bounds);
    work.pairs -= paired.compared;
    if (paired.is_cut_off) {
        work.cut_off = "too many pairs of frames look alike: not all were compared";
    }
    return pairs_.emplace(place, std::move(paired.pairs)).first->second;
}

void PartSearch::add_aspects(const evidence::KnownItem& item,
                             const match::LookUpContext& context,
                             WorkLeft& work,
                             std::vector<match::Aspect>& aspects) {
    sort_hits(item);
    const std::vector<ViewOfPart> by_seeds = sorted_[item.key];
    const auto add = [&](const ViewOfPart& place, const std::vector<evidence::PlacedFrame>* local) {
        aspects.push_back(
            {&context, part_of(item, place.part), place.view, &pairs_of(item, place, work), local});
    };
    const std::size_t first = aspects.size();
    for (auto group = places_.groups.lower_bound(evidence::LocalGroup{item.key, false, 0});
         group != places_.groups.end() && group->first.key == item.key; ++group) {
        const bool is_mirrored = group->first.is_mirrored;
        const std::uint32_t part = group->first.part;
        if (part_of(item, part) == nullptr) {
            continue;  // of an item that was replaced meanwhile
        }
        const auto plain = static_cast<std::uint32_t>(is_mirrored ? DihedralView::kFlipY
                                                                  : DihedralView::kOriginal);
        add({item.key, part, plain}, &group->second);
        for (const ViewOfPart& place : by_seeds) {
            if (place.part == part && place.view != plain && place.view < evidence::kNegative &&
                match::is_mirrored_view(place.view) == is_mirrored) {
                add(place, &group->second);
            }
        }
    }
    // What places say of a view stands for what its whole frames say alone.
    for (const ViewOfPart& place : by_seeds) {
        const evidence::KnownItem* part = part_of(item, place.part);
        const bool is_there =
            std::any_of(aspects.begin() + static_cast<std::ptrdiff_t>(first), aspects.end(),
                        [&](const match::Aspect& aspect) {
                            return aspect.item == part && aspect.view == place.view;
                        });
        if (!is_there) {
            add(place, nullptr);
        }
    }
}

}  // namespace refrain::corpus
