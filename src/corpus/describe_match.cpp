#include "corpus/describe_match.h"

#include <algorithm>

#include "verdict/frame_score.h"

namespace refrain::corpus {

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

}  // namespace refrain::corpus
