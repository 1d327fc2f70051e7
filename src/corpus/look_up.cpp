#include "corpus/look_up.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <unordered_set>
#include <utility>

#include "align/time_segments.h"
#include "verdict/frame_score.h"

namespace refrain::corpus {

namespace {

/// The query's codes to search, and where each came from.
struct QueryCodes {
    struct Origin {
        std::uint32_t frame = 0;
        std::uint32_t view = 0;
    };
    std::vector<Hash256> codes;
    std::vector<Origin> origins;
};

QueryCodes codes_of(const Fingerprint& query) {
    QueryCodes result;
    for (std::uint32_t f = 0; f < query.frames.size(); ++f) {
        if (query.frames[f].quality < verdict::kMinQuality) {
            continue;
        }
        const std::uint32_t views = query.views.empty() ? 1 : kDihedralViews;
        for (std::uint32_t v = 0; v < views; ++v) {
            result.codes.push_back(query.views.empty() ? query.frames[f].hash : query.views[f][v]);
            result.origins.push_back({f, v});
        }
    }
    return result;
}

/// How a known picture lies in the query when this view of the query looks like it. The view that
/// was applied to the query undoes what the uploader did to the known picture.
Transform transform_of(std::uint32_t view) {
    Transform transform;
    switch (static_cast<DihedralView>(view)) {
        case DihedralView::kOriginal:
            break;
        case DihedralView::kRotate90:
            transform.rotation_deg = 90;
            break;
        case DihedralView::kRotate180:
            transform.rotation_deg = 180;
            break;
        case DihedralView::kRotate270:
            transform.rotation_deg = 270;
            break;
        case DihedralView::kFlipX:
            transform.is_mirrored = true;
            transform.rotation_deg = 180;
            break;
        case DihedralView::kFlipY:
            transform.is_mirrored = true;
            break;
        case DihedralView::kFlipPlus1:
            transform.is_mirrored = true;
            transform.rotation_deg = 270;
            break;
        case DihedralView::kFlipMinus1:
            transform.is_mirrored = true;
            transform.rotation_deg = 90;
            break;
    }
    return transform;
}

MediaTime end_of_frame(const Fingerprint& query, std::uint32_t frame) {
    const bool is_last = frame + 1 >= query.frames.size();
    const MediaTime end = is_last ? query.media.duration : query.frames[frame + 1].time;
    return std::max(end, query.frames[frame].time);
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

Match describe(const KnownItem& item) {
    Match match;
    match.id = item.id;
    match.name = item.name;
    match.bank = item.bank;
    match.labels = item.labels;
    return match;
}

Match exact_match(const KnownItem& item, const Fingerprint& query) {
    Match match = describe(item);
    match.score = verdict::kExactScore;
    match.evidence = {Evidence::kExact};
    match.transform = Transform{};
    match.query_coverage = 1;
    match.reference_coverage = 1;
    if (item.kind == MediaKind::kVideo) {
        const TimeSpan whole{MediaTime{}, query.media.duration};
        match.segments.push_back(
            {whole, whole, 1.0, static_cast<int>(query.frames.size()), match.score});
    }
    return match;
}

/// The hits of one item seen through one view.
struct ViewHits {
    std::vector<align::TimeHit> hits;
    std::vector<int> distances;  ///< of each hit, Hamming
};

double score_hits(const ViewHits& view,
                  const std::vector<std::size_t>& used,
                  const std::vector<Hash256>& upright,
                  double comparisons) {
    std::vector<verdict::FrameEvidence> evidence;
    evidence.reserve(used.size());
    for (const std::size_t i : used) {
        evidence.push_back({view.distances[i], upright[view.hits[i].query_frame]});
    }
    return verdict::frame_score(evidence, comparisons);
}

/// Everything a look-up needs to turn hits into matches.
struct Context {
    const Fingerprint& query;
    std::vector<Hash256> upright;  ///< hash of each query frame
    double comparisons = 1;
};

/// One side has no time: the nearest hit of each query frame, frames without a long silence
/// together.
std::vector<align::TimeSegment> picture_segments(const ViewHits& view) {
    constexpr MediaTime kMaxGap = MediaTime::from_seconds(10);
    std::map<std::uint32_t, std::size_t> nearest;
    for (std::size_t i = 0; i < view.hits.size(); ++i) {
        const auto [slot, is_new] = nearest.try_emplace(view.hits[i].query_frame, i);
        if (!is_new && view.distances[i] < view.distances[slot->second]) {
            slot->second = i;
        }
    }
    std::vector<align::TimeSegment> segments;
    for (const auto& [frame, i] : nearest) {
        const align::TimeHit& hit = view.hits[i];
        if (segments.empty() || hit.query_time - segments.back().query.end > kMaxGap) {
            segments.push_back({{hit.query_time, hit.query_end},
                                {hit.reference_begin, hit.reference_begin},
                                1.0,
                                {},
                                0});
        }
        segments.back().query.end = hit.query_end;
        segments.back().hits.push_back(i);
    }
    return segments;
}

/// Adds the segments and scores of one item seen through one view.
void align_view(const Context& context, const KnownItem& item, const ViewHits& view, Match& match) {
    align::TimeOptions options;
    options.tolerance = MediaTime::from_ms(500);
    options.query_duration = context.query.media.duration;
    options.reference_duration = item.duration;
    const bool has_picture =
        item.kind == MediaKind::kImage || context.query.media.kind == MediaKind::kImage;
    const std::vector<align::TimeSegment> segments =
        has_picture ? picture_segments(view) : align::find_time_segments(view.hits, options);
    std::vector<std::size_t> used;
    for (const align::TimeSegment& found : segments) {
        used.insert(used.end(), found.hits.begin(), found.hits.end());
        Segment segment;
        if (context.query.media.kind == MediaKind::kVideo) {
            segment.query = found.query;
        }
        if (item.kind == MediaKind::kVideo) {
            segment.reference = found.reference;
        }
        segment.speed = found.speed;
        segment.hits = static_cast<int>(found.hits.size());
        segment.score = score_hits(view, found.hits, context.upright, context.comparisons);
        if (segment.query || segment.reference) {
            match.segments.push_back(segment);
        }
    }
    match.score = score_hits(view, used, context.upright, context.comparisons);
}

Match match_item(const Context& context,
                 const KnownItem& item,
                 const std::array<ViewHits, kDihedralViews>& by_view) {
    Match best = describe(item);
    for (std::uint32_t view = 0; view < kDihedralViews; ++view) {
        if (by_view[view].hits.empty()) {
            continue;
        }
        Match match = describe(item);
        align_view(context, item, by_view[view], match);
        match.transform = transform_of(view);
        if (!best.transform || match.score > best.score) {
            best = std::move(match);
        }
    }
    best.evidence = {Evidence::kFrames};
    std::vector<TimeSpan> query_spans;
    std::vector<TimeSpan> reference_spans;
    for (const Segment& segment : best.segments) {
        if (segment.query) {
            query_spans.push_back(*segment.query);
        }
        if (segment.reference) {
            reference_spans.push_back(*segment.reference);
        }
    }
    const bool is_image = context.query.media.kind == MediaKind::kImage;
    best.query_coverage = is_image ? 1 : covered(query_spans, context.query.media.duration);
    best.reference_coverage =
        item.kind == MediaKind::kImage ? 1 : covered(reference_spans, item.duration);
    return best;
}

bool is_wanted(const KnownItem& item, const FindOptions& options) {
    return options.banks.empty() ||
           std::find(options.banks.begin(), options.banks.end(), item.bank) != options.banks.end();
}

std::vector<Match> matches_of(const KnownSet& known,
                              const Context& context,
                              const QueryCodes& searched,
                              const std::vector<FrameHit>& hits,
                              const FindOptions& options) {
    std::map<std::int64_t, std::array<ViewHits, kDihedralViews>> by_item;
    for (const FrameHit& hit : hits) {
        if (!is_wanted(*known.find(hit.key), options)) {
            continue;
        }
        const QueryCodes::Origin origin = searched.origins[hit.query];
        ViewHits& view = by_item[hit.key][origin.view];
        const MediaTime before =
            origin.frame > 0 ? context.query.frames[origin.frame - 1].time : MediaTime{};
        view.hits.push_back({origin.frame, context.query.frames[origin.frame].time,
                             end_of_frame(context.query, origin.frame), before, hit.reference_time,
                             hit.reference_time, verdict::rarity(hit.distance)});
        view.distances.push_back(hit.distance);
    }
    std::vector<Match> matches;
    for (const auto& [key, by_view] : by_item) {
        matches.push_back(match_item(context, *known.find(key), by_view));
    }
    return matches;
}

void keep_best(std::vector<Match>& matches, const FindOptions& options) {
    std::erase_if(matches, [&](const Match& match) { return match.score < options.min_score; });
    std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    if (matches.size() > static_cast<std::size_t>(options.max_matches)) {
        matches.resize(static_cast<std::size_t>(options.max_matches));
    }
}

FindStatus status_of(const FindAnswer& answer, const Fingerprint& query, bool is_searchable) {
    if (!answer.matches.empty()) {
        return FindStatus::kMatch;
    }
    if (query.decode.is_partial) {
        return FindStatus::kPartial;
    }
    return is_searchable ? FindStatus::kNoMatch : FindStatus::kLowQuality;
}

}  // namespace

Result<FindAnswer> look_up(const KnownSet& known,
                           const Fingerprint& query,
                           const FindOptions& options) {
    if (options.max_matches < 1) {
        return Error{ErrorCode::kInvalidArgument, "the number of matches must be at least 1"};
    }
    if (!query.views.empty() && query.views.size() != query.frames.size()) {
        return Error{ErrorCode::kInvalidArgument, "the query has views for some frames only"};
    }
    const auto began = std::chrono::steady_clock::now();
    FindAnswer answer;
    for (const KnownItem* item : known.find_bytes(query.media.digest.sha256)) {
        if (is_wanted(*item, options)) {
            answer.matches.push_back(exact_match(*item, query));
        }
    }
    const QueryCodes searched = codes_of(query);
    if (answer.matches.empty()) {
        Result<std::vector<FrameHit>> hits = known.search(searched.codes);
        if (!hits) {
            return std::move(hits).error();
        }
        Context context{
            query,
            {},
            static_cast<double>(searched.codes.size()) * static_cast<double>(known.codes())};
        for (const FrameHash& frame : query.frames) {
            context.upright.push_back(frame.hash);
        }
        answer.matches = matches_of(known, context, searched, *hits, options);
    }
    keep_best(answer.matches, options);
    answer.status = status_of(answer, query, !searched.codes.empty());
    answer.search_time = MediaTime::from_us(std::chrono::duration_cast<std::chrono::microseconds>(
                                                std::chrono::steady_clock::now() - began)
                                                .count());
    return answer;
}

}  // namespace refrain::corpus
