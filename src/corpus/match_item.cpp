#include "corpus/match_item.h"

#include <algorithm>
#include <map>
#include <utility>

#include "align/time_segments.h"
#include "corpus/describe_match.h"
#include "verdict/frame_score.h"

namespace refrain::corpus {

namespace {

using verdict::FrameEvidence;

/// Near frames, and what each is worth.
struct Evidence {
    std::vector<PairedFrame> pairs;
    std::vector<FrameEvidence> frames;  ///< parallel to `pairs`
};

Evidence weigh(const LookUpContext& context, const KnownItem& item, std::uint32_t view) {
    Evidence evidence;
    evidence.pairs = pair_frames(context.query, item, view);
    evidence.frames.reserve(evidence.pairs.size());
    for (const PairedFrame& pair : evidence.pairs) {
        FrameEvidence frame;
        frame.distance = pair.distance;
        frame.quality = std::min<int>(context.query.frames()[pair.query].quality,
                                      item.frames[pair.known].quality);
        frame.sharing_items = static_cast<int>(std::max(1U, context.sharing[pair.query]));
        frame.query_hash = context.query.code(pair.query, 0);
        evidence.frames.push_back(frame);
    }
    return evidence;
}

double score_of(const LookUpContext& context,
                const Evidence& evidence,
                const std::vector<std::size_t>& used) {
    std::vector<FrameEvidence> frames;
    frames.reserve(used.size());
    for (const std::size_t i : used) {
        frames.push_back(evidence.frames[i]);
    }
    return verdict::frame_score(frames, context.comparisons);
}

/// Both sides are videos: segments by time.
std::vector<align::TimeSegment> align_videos(const LookUpContext& context,
                                             const KnownItem& item,
                                             const Evidence& evidence) {
    std::vector<align::TimeHit> hits;
    hits.reserve(evidence.pairs.size());
    for (std::size_t i = 0; i < evidence.pairs.size(); ++i) {
        const QueryFrame& frame = context.query.frames()[evidence.pairs[i].query];
        const KnownFrame& known = item.frames[evidence.pairs[i].known];
        hits.push_back({frame.instant, frame.time, frame.end, frame.previous, known.begin,
                        known.end, verdict::frame_weight(evidence.frames[i])});
    }
    align::TimeOptions options;
    options.query_duration = context.query.fingerprint().media.duration;
    options.reference_duration = item.duration;
    return align::find_time_segments(hits, options);
}

/// One side is a picture: the heaviest pair of each query frame, those of one stretch together.
std::vector<align::TimeSegment> group_pictures(const LookUpContext& context,
                                               const KnownItem& item,
                                               const Evidence& evidence) {
    constexpr MediaTime kMaxGap = MediaTime::from_seconds(5);
    std::map<std::uint32_t, std::size_t> best;
    for (std::size_t i = 0; i < evidence.pairs.size(); ++i) {
        const auto [slot, is_new] = best.try_emplace(evidence.pairs[i].query, i);
        if (!is_new && evidence.pairs[i].distance < evidence.pairs[slot->second].distance) {
            slot->second = i;
        }
    }
    std::vector<align::TimeSegment> segments;
    for (const auto& [query, i] : best) {
        const QueryFrame& frame = context.query.frames()[query];
        const KnownFrame& known = item.frames[evidence.pairs[i].known];
        if (segments.empty() || frame.time - segments.back().query.end > kMaxGap) {
            segments.push_back({{frame.time, frame.end}, {known.begin, known.end}, 1.0, {}, 0});
        }
        segments.back().query.end = frame.end;
        segments.back().hits.push_back(i);
    }
    return segments;
}

void add_coverage(const LookUpContext& context, const KnownItem& item, Match& match) {
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
    match.query_coverage = context.query.is_image()
                               ? 1
                               : covered(query_spans, context.query.fingerprint().media.duration);
    match.reference_coverage =
        item.kind == MediaKind::kImage ? 1 : covered(reference_spans, item.duration);
}

/// The part of a segment's evidence that would be found in this corpus by chance decides whether it
/// is reported: a match is no better for stray segments beside the true ones.
constexpr double kLeastSegmentScore = 0.5;

}  // namespace

Match match_item(const LookUpContext& context, const KnownItem& item, std::uint32_t view) {
    const Evidence evidence = weigh(context, item, view);
    const bool has_picture = item.kind == MediaKind::kImage || context.query.is_image();
    const std::vector<align::TimeSegment> found = has_picture
                                                      ? group_pictures(context, item, evidence)
                                                      : align_videos(context, item, evidence);
    Match match = describe(item);
    match.evidence = {refrain::Evidence::kFrames};
    match.transform = transform_of(view);
    std::vector<std::size_t> used;
    double best_score = -1;
    for (const align::TimeSegment& run : found) {
        const double score = score_of(context, evidence, run.hits);
        if (best_score >= kLeastSegmentScore && score < kLeastSegmentScore) {
            continue;
        }
        best_score = std::max(best_score, score);
        used.insert(used.end(), run.hits.begin(), run.hits.end());
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
        if (segment.query || segment.reference) {
            match.segments.push_back(segment);
        }
    }
    match.score = score_of(context, evidence, used);
    add_coverage(context, item, match);
    return match;
}

}  // namespace refrain::corpus
