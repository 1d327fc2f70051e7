#include "match/explain_match.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "match/describe_match.h"

namespace refrain::match {

namespace {

/// A place in the working picture of local features, as it is shown.
PicturePoint shown_at(const align::PlanePoint& place, align::PictureSize size, bool is_mirrored) {
    const double across = place.x / size.width;
    return {is_mirrored ? 1 - across : across, place.y / size.height};
}

/// The corners of the known picture in a query that shows all of it in this view.
std::array<PicturePoint, 4> outline_of(evidence::QueryView view) {
    using Corner = frame::Place<double>;
    const frame::Dihedral done = frame::inverse(view.dihedral);
    std::array<PicturePoint, 4> corners{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
    for (PicturePoint& corner : corners) {
        const Corner at = frame::apply(done, Corner{corner.x, corner.y}, Corner{1, 1});
        corner = {at.x, at.y};
    }
    return corners;
}

std::vector<FrameMatch> frames_of(const ItemEvidence& evidence,
                                  const std::vector<ItemEvidence::UsedFrame>& used) {
    std::vector<FrameMatch> frames;
    frames.reserve(used.size());
    for (const ItemEvidence::UsedFrame& one : used) {
        frames.push_back({evidence.context().query.frames()[one.likeness->query].time,
                          one.likeness->known.begin, one.evidence->distance, one.evidence->quality,
                          verdict::frame_weight(*one.evidence, evidence.context().rules.score)});
    }
    std::stable_sort(frames.begin(), frames.end(), [](const FrameMatch& a, const FrameMatch& b) {
        return a.weight != b.weight ? a.weight > b.weight : a.distance < b.distance;
    });
    frames.resize(std::min(frames.size(), Explanation::kMaxFrames));
    return frames;
}

PlaceMatch place_of(const evidence::PlacedFrame& placed, bool is_mirrored) {
    const align::PicturePlacement& placement = placed.placement;
    PlaceMatch place;
    place.query_time = placed.query_time.begin;
    place.known_time = placed.known_time;
    place.score = placed.score;
    for (std::size_t i = 0; i < place.outline.size(); ++i) {
        place.outline[i] = shown_at(placement.quad[i], placed.query_size, is_mirrored);
    }
    place.is_perspective = placement.kind == align::MapKind::kPerspective;
    place.inliers = static_cast<int>(placement.inliers.size());
    place.log10_chance = placement.log10_chance;
    place.spread = placement.spread;
    place.expected_share = placement.expected_share;
    place.overlap_query = placement.overlap_query;
    place.overlap_known = placement.overlap_known;
    return place;
}

}  // namespace

Explanation explain_match(const ItemEvidence& evidence,
                          evidence::QueryView view,
                          std::span<const std::size_t> used,
                          const ItemScore& score) {
    Explanation explanation;
    explanation.source = evidence.item().source;
    explanation.sha256 = evidence.item().sha256;
    explanation.frames_score = score.by_frames;
    explanation.local_score = score.by_places;
    explanation.frame_comparisons = evidence.context().comparisons;
    explanation.local_comparisons = evidence.context().local_comparisons;
    const std::set<std::size_t> hits = evidence.with_company(used);
    if (score.has_frames) {
        const std::vector<ItemEvidence::UsedFrame> frames = evidence.frames_of(hits);
        explanation.frame_count = frames.size();
        explanation.frames = frames_of(evidence, frames);
    }
    if (score.best_placed != nullptr) {
        std::vector<const evidence::PlacedFrame*> places = evidence.places_of(hits);
        explanation.place_count = places.size();
        places.resize(std::min(places.size(), Explanation::kMaxPlaces));
        for (const evidence::PlacedFrame* placed : places) {
            explanation.places.push_back(place_of(*placed, view.is_mirrored()));
        }
        explanation.places.front().points = places.front()->points;
    }
    // A place shows more than two frames that look alike as a whole.
    if (!explanation.places.empty()) {
        explanation.query_time = explanation.places.front().query_time;
        explanation.known_time = explanation.places.front().known_time;
        explanation.outline = explanation.places.front().outline;
    } else if (!explanation.frames.empty()) {
        explanation.query_time = explanation.frames.front().query_time;
        explanation.known_time = explanation.frames.front().known_time;
        explanation.outline = outline_of(view);
    }
    return explanation;
}

Explanation explain_exact(const evidence::KnownItem& item, const Fingerprint& query) {
    Explanation explanation;
    explanation.source = item.source;
    explanation.sha256 = item.sha256;
    const auto clearest = std::max_element(
        query.frames.begin(), query.frames.end(),
        [](const FrameHash& a, const FrameHash& b) { return a.quality < b.quality; });
    if (clearest != query.frames.end()) {
        explanation.query_time = clearest->time;
        explanation.known_time = clearest->time;
    }
    return explanation;
}

}  // namespace refrain::match
