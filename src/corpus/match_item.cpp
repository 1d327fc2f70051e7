#include "corpus/match_item.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "align/time_segments.h"
#include "corpus/describe_match.h"
#include "corpus/explain_match.h"
#include "corpus/item_evidence.h"
#include "corpus/picture_time.h"

namespace refrain::corpus {

namespace {

/// Both sides are videos: segments by time.
std::vector<align::TimeSegment> align_videos(const LookUpContext& context,
                                             const KnownItem& item,
                                             const ItemEvidence& evidence) {
    align::TimeOptions options;
    options.query_duration = context.query.fingerprint().media.duration;
    options.reference_duration = item.duration;
    return align::find_time_segments(evidence.hits(), options);
}

/// One side is a picture: the heaviest hit of each query frame, those of one stretch together.
std::vector<align::TimeSegment> group_pictures(const ItemEvidence& evidence) {
    constexpr MediaTime kMaxGap = MediaTime::from_seconds(5);
    const std::vector<align::TimeHit>& hits = evidence.hits();
    std::map<std::uint32_t, std::size_t> best;
    for (std::size_t i = 0; i < hits.size(); ++i) {
        const auto [slot, is_new] = best.try_emplace(hits[i].query_frame, i);
        if (!is_new && hits[i].weight > hits[slot->second].weight) {
            slot->second = i;
        }
    }
    std::vector<align::TimeSegment> segments;
    for (const auto& [frame, i] : best) {
        const align::TimeHit& hit = hits[i];
        if (segments.empty() || hit.query_time - segments.back().query.end > kMaxGap) {
            segments.push_back({{hit.query_time, hit.query_end},
                                {hit.reference_begin, hit.reference_end},
                                1.0,
                                {},
                                0});
        }
        segments.back().query.end = hit.query_end;
        segments.back().hits.push_back(i);
    }
    return segments;
}

void add_coverage(const LookUpContext& context,
                  const KnownItem& item,
                  const PlacedFrame* placed,
                  Match& match) {
    std::vector<TimeSpan> query_spans;
    std::vector<TimeSpan> reference_spans;
    for (const Segment& segment : match.segments) {
        if (segment.query) {
            query_spans.push_back(*segment.query);
        }
        if (segment.reference) {
            reference_spans.push_back(*segment.reference);
        }
    }
    const double query_picture = placed == nullptr ? 1 : placed->placement.overlap_query;
    const double known_picture = placed == nullptr ? 1 : placed->placement.overlap_known;
    match.query_coverage = context.query.is_image()
                               ? query_picture
                               : covered(query_spans, context.query.fingerprint().media.duration);
    match.reference_coverage =
        item.kind == MediaKind::kImage ? known_picture : covered(reference_spans, item.duration);
}

/// The part of a segment's evidence that would be found in this corpus by chance decides whether it
/// is reported: a match is no better for stray segments beside the true ones.
constexpr double kLeastSegmentScore = 0.5;

Segment segment_of(const LookUpContext& context,
                   const KnownItem& item,
                   const align::TimeSegment& run,
                   double score) {
    Segment segment;
    if (!context.query.is_image()) {
        segment.query = run.query;
    }
    if (item.kind == MediaKind::kVideo) {
        segment.reference = run.reference;
    }
    segment.speed = run.speed;
    segment.hits = static_cast<int>(run.hits.size());
    segment.score = score;
    return segment;
}

}  // namespace

Match match_item(const LookUpContext& context,
                 const KnownItem& item,
                 std::uint32_t view,
                 const std::vector<PlacedFrame>& local) {
    const ItemEvidence evidence(context, item, view, local);
    const bool has_picture = item.kind == MediaKind::kImage || context.query.is_image();
    const std::vector<align::TimeSegment> found =
        has_picture ? group_pictures(evidence) : align_videos(context, item, evidence);
    const std::optional<TimeSpan> taken_at =
        context.query.is_image() ? picture_time(context.query, item, view, local) : std::nullopt;
    Match match = describe(item);
    std::vector<std::size_t> used;
    double best_score = -1;
    for (const align::TimeSegment& run : found) {
        const double score = evidence.score_of(run.hits).combined;
        if (best_score >= kLeastSegmentScore && score < kLeastSegmentScore) {
            continue;
        }
        best_score = std::max(best_score, score);
        used.insert(used.end(), run.hits.begin(), run.hits.end());
        Segment segment = segment_of(context, item, run, score);
        if (taken_at && segment.reference) {
            segment.reference = taken_at;
        }
        if (segment.query || segment.reference) {
            match.segments.push_back(segment);
        }
    }
    const ItemScore score = evidence.score_of(used);
    match.score = score.combined;
    if (score.has_frames) {
        match.evidence.push_back(refrain::Evidence::kFrames);
    }
    if (score.best_placed != nullptr) {
        match.evidence.push_back(refrain::Evidence::kLocal);
        match.transform =
            transform_of(*score.best_placed, is_mirrored_view(view), context.query.fingerprint());
    } else {
        match.transform = transform_of(view);
    }
    add_coverage(context, item, score.has_frames ? nullptr : score.best_placed, match);
    if (context.wants_explanation) {
        match.explanation = explain_match(evidence, view, used, score);
    }
    return match;
}

}  // namespace refrain::corpus
