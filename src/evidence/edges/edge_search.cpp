#include "evidence/edges/edge_search.h"

#include <algorithm>
#include <optional>

#include "evidence/media_count.h"
#include "verdict/copy_evidence.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

// PDQ's code has a row of 16 bits for each frequency down, beginning with frequency 1 across, and
// the odd ones are those that mirroring turns over.
constexpr std::uint64_t kOddAcross = 0x5555555555555555U;

}  // namespace

Hash256 mirrored_code(const Hash256& code) {
    Hash256 mirrored = code;
    for (std::uint64_t& word : mirrored.words) {
        word ^= kOddAcross;
    }
    return mirrored;
}

std::vector<EdgeSearch::EdgeSeed> EdgeSearch::seeds() const {
    std::vector<EdgeSeed> seeds;
    const Fingerprint& fingerprint = query_.fingerprint();
    if (!query_.is_image() || options_.effort == Effort::kFast || query_.frames().empty()) {
        return seeds;
    }
    for (const LocalFrame& picture : fingerprint.local) {
        if (picture.edges) {
            seeds.push_back({*picture.edges, false});
            seeds.push_back({mirrored_code(*picture.edges), true});
        }
    }
    if (seeds.empty()) {
        return seeds;
    }
    for (std::size_t frame = 0; frame < query_.frames().size(); ++frame) {
        const Hash256 drawn = query_.code(frame, QueryView{});
        for (const Hash256& code : {drawn, complement(drawn)}) {
            seeds.push_back({code, false});
            seeds.push_back({mirrored_code(code), true});
        }
    }
    return seeds;
}

Result<void> EdgeSearch::run(const std::set<std::int64_t>& seen, const std::stop_token& stop) {
    const std::vector<EdgeSeed> asked = seeds();
    if (asked.empty() || index_.codes() == 0) {
        return {};
    }
    if (stop.stop_requested()) {
        return Error{ErrorCode::kCancelled, "stopped while searching"};
    }
    std::vector<Hash256> codes;
    codes.reserve(asked.size());
    for (const EdgeSeed& seed : asked) {
        codes.push_back(seed.code);
    }
    const Result<std::vector<FrameHit>> hits = index_.near_codes(codes, verdict::kMaxEdgeDistance);
    if (!hits) {
        return hits.error();
    }
    comparisons_ = static_cast<double>(codes.size()) * static_cast<double>(index_.codes());
    const std::set<std::int64_t> alike = items_of(*hits);
    MediaCount media(items_);
    const Result<std::size_t> sharing = media.of(alike);
    if (!sharing) {
        return sharing.error();
    }
    sharing_ = std::max(1, static_cast<int>(*sharing));
    const Result<std::set<std::int64_t>> wanted = wanted_among(alike, items_, options_.banks);
    if (!wanted) {
        return wanted.error();
    }
    for (const FrameHit& hit : *hits) {
        if (wanted->contains(hit.key) && !seen.contains(hit.key)) {
            NearPicture& nearest = near_[hit.key][hit.frame];
            if (hit.distance < nearest.distance) {
                nearest = {hit.distance, asked[hit.query].is_mirrored};
            }
        }
    }
    return {};
}

/// Whether the query shows a known picture in brightness of its own.
bool EdgeSearch::is_redrawn(const KnownItem& part, QueryView view) const {
    for (std::size_t frame = 0; frame < query_.frames().size(); ++frame) {
        const Hash256 code = query_.code(frame, view);
        for (const KnownFrame& known : part.frames) {
            if (!verdict::is_redrawn(hamming_distance(code, known.hash))) {
                return false;
            }
        }
    }
    return !part.frames.empty();
}

std::vector<FoundItem> EdgeSearch::found() const {
    std::vector<FoundItem> items;
    items.reserve(near_.size());
    for (const auto& [key, pictures] : near_) {
        int nearest = Hash256::kBits;
        for (const auto& [number, picture] : pictures) {
            nearest = std::min(nearest, picture.distance);
        }
        items.push_back({key, static_cast<double>(Hash256::kBits - nearest)});
    }
    return items;
}

void EdgeSearch::add_sightings(const KnownItem& item, WorkLeft& /*work*/, Sightings& sightings) {
    const auto found = near_.find(item.key);
    if (found == near_.end()) {
        return;
    }
    for (const auto& [number, near] : found->second) {
        const std::optional<PlaceInItem> place = picture_at(item, number);
        if (!place) {
            continue;  // of an item that was replaced meanwhile
        }
        const KnownItem& part = *part_of(item, place->part);
        const QueryView view = plain_view(near.is_mirrored);
        if (!is_redrawn(part, view)) {
            continue;
        }
        std::vector<Likeness>& list = likenesses_[{item.key, place->part, near.is_mirrored}];
        const MediaTime at = part.local[place->index].time;
        list.assign(1, Likeness{.query = 0,
                                .known = {at, std::max(at, part.duration)},
                                .distance = near.distance,
                                .quality = query_.frames()[0].quality,
                                .sharing_items = sharing_,
                                .is_by_edges = true});
        sightings.likenesses.push_back({place->part, view, &list});
    }
}

}  // namespace refrain::evidence
