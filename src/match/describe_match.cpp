#include "match/describe_match.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "evidence/query.h"
#include "verdict/frame_score.h"

namespace refrain::match {

namespace {

double area_of(const std::array<align::PlanePoint, 4>& quad) {
    double twice = 0;
    for (std::size_t i = 0; i < quad.size(); ++i) {
        const align::PlanePoint& a = quad.at(i);
        const align::PlanePoint& b = quad.at((i + 1) % quad.size());
        twice += a.x * b.y - b.x * a.y;
    }
    return std::abs(twice) / 2;
}

/// All of a film, on both sides. The twin on white is the same film.
void add_whole(const Fingerprint& part, Match& match) {
    if (part.media.kind != MediaKind::kVideo || part.part.is_on_white) {
        return;
    }
    const evidence::Query query(part);
    Segment segment;
    segment.query = TimeSpan{query.begin(), query.end()};
    segment.reference = segment.query;
    segment.hits = static_cast<int>(part.frames.size());
    segment.score = match.score;
    if (match.part && matched_part(part) != *match.part) {
        segment.part = matched_part(part);
        segment.reference_part = segment.part;
    }
    match.segments.push_back(segment);
}

}  // namespace

Match describe(const evidence::KnownItem& item) {
    Match match;
    match.id = item.id;
    match.name = item.name;
    match.bank = item.bank;
    match.labels = item.labels;
    match.source = item.source;
    return match;
}

Match exact_match(const evidence::KnownItem& item, const Fingerprint& query, DigestAlgorithm by) {
    Match match = describe(item);
    match.score = by == DigestAlgorithm::kMd5    ? verdict::kExactMd5Score
                  : by == DigestAlgorithm::kSha1 ? verdict::kExactSha1Score
                                                 : verdict::kExactScore;
    match.evidence = {Evidence::kExact};
    match.agreement = 1;
    match.transform = Transform{};
    match.query_coverage = 1;
    match.reference_coverage = 1;
    if (evidence::has_several_parts(query)) {
        match.part = matched_part(query);
        match.reference_part = matched_part(item);
    }
    add_whole(query, match);
    for (const Fingerprint& part : query.more_parts) {
        add_whole(part, match);
    }
    return match;
}

MatchedPart matched_part(const Fingerprint& query) {
    return {query.part.index, query.media.kind, query.part.role};
}

MatchedPart matched_part(const evidence::KnownItem& part) {
    return {part.part.index, part.kind, part.part.role};
}

Transform transform_of(evidence::QueryView view) {
    // The view that was applied to the query undoes what the uploader did to the known picture.
    const frame::Dihedral done = frame::inverse(view.dihedral);
    Transform transform;
    transform.is_negative = view.is_negative;
    transform.is_mirrored = done.is_mirroring();
    transform.rotation_deg = 90.0 * done.clockwise_quarters();
    return transform;
}

Transform transform_of(const evidence::PlacedFrame& placed, bool is_mirrored) {
    const align::PicturePlacement& placement = placed.placement;
    const double width = placed.query_size.width;
    const double height = placed.query_size.height;
    Transform transform;
    transform.is_mirrored = is_mirrored;
    // The mirrored query shows the known picture turned; mirrored back, it turns the other way.
    const double turn = is_mirrored ? -placement.rotation_deg : placement.rotation_deg;
    transform.rotation_deg = turn < 0 ? turn + 360 : turn;
    transform.scale = std::sqrt(area_of(placement.quad) / (width * height));
    const align::PictureBox& box = placement.box;
    const double left = is_mirrored ? width - box.right : box.left;
    const double right = is_mirrored ? width - box.left : box.right;
    transform.box = {std::clamp(left / width, 0.0, 1.0), std::clamp(box.top / height, 0.0, 1.0),
                     std::clamp(right / width, 0.0, 1.0),
                     std::clamp(box.bottom / height, 0.0, 1.0)};
    return transform;
}

double covered(const std::vector<TimeSpan>& spans, MediaTime duration) {
    if (duration.us <= 0) {
        return spans.empty() ? 0 : 1;
    }
    std::vector<TimeSpan> sorted = spans;
    std::sort(sorted.begin(), sorted.end(),
              [](const TimeSpan& a, const TimeSpan& b) { return a.begin < b.begin; });
    MediaTime sum;
    MediaTime reached;
    for (const TimeSpan& span : sorted) {
        const MediaTime from = std::max(span.begin, reached);
        if (span.end > from) {
            sum = sum + (span.end - from);
            reached = span.end;
        }
    }
    return std::clamp(sum.seconds() / duration.seconds(), 0.0, 1.0);
}

}  // namespace refrain::match
