#include "match/aligned_view.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "match/followed_motion.h"
#include "match/interruptions.h"

namespace refrain::match {

namespace {

/// One side is a picture: the heaviest hit of each query frame, those of one stretch together.
std::vector<align::TimeSegment> group_pictures(std::span<const align::TimeHit> hits,
                                               MediaTime max_gap) {
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
        if (segments.empty() || hit.query_time - segments.back().query.end > max_gap) {
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

bool is_inside(MediaTime time, const TimeSpan& span) {
    return span.begin <= time && time < span.end;
}

MediaTime scaled(MediaTime time, double factor) {
    return MediaTime::from_us(std::llround(static_cast<double>(time.us) * factor));
}

/// The part of a run within `room`, of its query time.
align::TimeSegment part_of(const align::TimeSegment& run,
                           const TimeSpan& room,
                           std::span<const align::TimeHit> hits) {
    align::TimeSegment part = run;
    part.query = {std::max(run.query.begin, room.begin), std::min(run.query.end, room.end)};
    part.hits.clear();
    part.weight = 0;
    for (const std::size_t i : run.hits) {
        const MediaTime time = hits[i].query_time;
        if (is_inside(time, part.query) || time == run.query.end) {
            part.hits.push_back(i);
            part.weight += hits[i].weight;
        }
    }
    const MediaTime before = scaled(part.query.begin - run.query.begin, std::abs(run.speed));
    const MediaTime after = scaled(run.query.end - part.query.end, std::abs(run.speed));
    part.reference.begin = part.reference.begin + (run.speed < 0 ? after : before);
    part.reference.end = part.reference.end - (run.speed < 0 ? before : after);
    part.reference.begin = std::min(part.reference.begin, run.reference.end);
    part.reference.end = std::max(part.reference.begin, part.reference.end);
    return part;
}

std::vector<TimeSpan> sorted(std::vector<TimeSpan> spans) {
    std::sort(spans.begin(), spans.end(),
              [](const TimeSpan& a, const TimeSpan& b) { return a.begin < b.begin; });
    return spans;
}

/// The parts of a run between the spans; those without a hit are left out.
///
/// @param taken  by their begins
std::vector<align::TimeSegment> parts_between(const align::TimeSegment& run,
                                              const std::vector<TimeSpan>& taken,
                                              std::span<const align::TimeHit> hits) {
    std::vector<align::TimeSegment> parts;
    if (std::none_of(taken.begin(), taken.end(), [&](const TimeSpan& span) {
            return span.begin < run.query.end && run.query.begin < span.end;
        })) {
        parts.push_back(run);
        return parts;
    }
    MediaTime from = run.query.begin;
    const auto add_until = [&](MediaTime until) {
        if (until > from) {
            align::TimeSegment part = part_of(run, {from, until}, hits);
            if (!part.hits.empty()) {
                parts.push_back(std::move(part));
            }
        }
    };
    for (const TimeSpan& span : taken) {
        add_until(std::min(span.begin, run.query.end));
        from = std::max(from, span.end);
    }
    add_until(run.query.end);
    return parts;
}

}  // namespace

AlignedView::AlignedView(const Aspect& aspect) : evidence_(aspect) {
    std::vector<align::TimeSegment> runs = aligned(evidence_.hits());
    if (item().kind == MediaKind::kVideo && !context().query.is_image()) {
        runs = without_interruptions(
            std::move(runs), [&](std::size_t hit) { return evidence_.is_place(hit); },
            context().rules);
    }
    keep(std::move(runs));
}

std::vector<align::TimeSegment> AlignedView::aligned(std::span<const align::TimeHit> hits) const {
    if (item().kind == MediaKind::kImage || context().query.is_image()) {
        return group_pictures(hits, context().rules.max_gap);
    }
    align::TimeOptions options;
    options.max_gap = context().rules.max_gap;
    options.query_begin = context().query.begin();
    options.query_duration = context().query.fingerprint().media.duration;
    options.reference_begin = item().begin;
    options.reference_duration = item().duration;
    return align::find_time_segments(hits, options, context().rules.time);
}

void AlignedView::keep(std::vector<align::TimeSegment> runs) {
    runs_.clear();
    used_.clear();
    double best_score = -1;
    for (align::TimeSegment& run : runs) {
        const ItemScore score = evidence_.score_of(run.hits, moves_otherwise_in({&run}));
        if (best_score >= context().rules.least_run_score &&
            score.combined < context().rules.least_run_score) {
            continue;
        }
        best_score = std::max(best_score, score.combined);
        used_.insert(used_.end(), run.hits.begin(), run.hits.end());
        runs_.push_back({std::move(run), score.combined, score.best_placed});
    }
    std::vector<const align::TimeSegment*> kept;
    kept.reserve(runs_.size());
    for (const SightedRun& sighted : runs_) {
        kept.push_back(&sighted.run);
    }
    moves_otherwise_ = moves_otherwise_in(kept);
    score_ = evidence_.score_of(used_, moves_otherwise_);
}

bool AlignedView::moves_otherwise_in(const std::vector<const align::TimeSegment*>& runs) const {
    const FollowedMotion motion =
        followed_motion(context().query, view(), item(), runs, context().rules);
    return match::moves_otherwise(motion, context().rules);
}

/// A bound of what hits can score: alignment and scoring are spared where it is low.
double AlignedView::most_score(std::span<const std::size_t> hits) const {
    std::map<std::uint32_t, double> heaviest;
    for (const std::size_t i : hits) {
        if (evidence_.is_place(i)) {
            return context().rules.least_run_score;  // its weight says too little
        }
        const align::TimeHit& hit = evidence_.hits()[i];
        double& weight = heaviest[hit.query_frame];
        weight = std::max(weight, hit.weight);
    }
    double sum = -std::log10(std::max(1.0, context().comparisons));
    for (const auto& [frame, weight] : heaviest) {
        sum += weight;
    }
    return sum;
}

void AlignedView::leave(const std::vector<TimeSpan>& spans) {
    const std::vector<TimeSpan> taken = sorted(spans);
    std::vector<align::TimeSegment> runs;
    for (const SightedRun& sighted : runs_) {
        for (align::TimeSegment& part : parts_between(sighted.run, taken, evidence_.hits())) {
            runs.push_back(std::move(part));
        }
    }
    keep(std::move(runs));
}

std::vector<TimeSpan> AlignedView::explained() const {
    std::vector<TimeSpan> spans;
    for (const SightedRun& sighted : runs_) {
        MediaTime from = sighted.run.query.begin;
        for (std::size_t i = 0; i + 1 < sighted.run.hits.size(); ++i) {
            const MediaTime missed = evidence_.hits()[sighted.run.hits[i]].query_end;
            const MediaTime seen = evidence_.hits()[sighted.run.hits[i + 1]].query_time;
            if (seen - missed >= context().rules.hole) {
                spans.push_back({from, missed});
                from = seen;
            }
        }
        spans.push_back({from, sighted.run.query.end});
    }
    return spans;
}

bool AlignedView::look_beside(const std::vector<TimeSpan>& taken) {
    const std::vector<TimeSpan> spans = sorted(taken);
    const std::vector<align::TimeHit>& all = evidence_.hits();
    std::vector<std::size_t> usable;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const MediaTime time = all[i].query_time;
        if (std::none_of(spans.begin(), spans.end(),
                         [&](const TimeSpan& span) { return is_inside(time, span); })) {
            usable.push_back(i);
        }
    }
    runs_.clear();
    used_.clear();
    score_ = {};
    if (usable.empty() || most_score(usable) < context().rules.least_run_score) {
        return false;
    }
    std::vector<align::TimeHit> hits;
    hits.reserve(usable.size());
    for (const std::size_t i : usable) {
        hits.push_back(all[i]);
    }
    std::vector<align::TimeSegment> runs;
    for (align::TimeSegment& run : aligned(hits)) {
        for (std::size_t& hit : run.hits) {
            hit = usable[hit];
        }
        for (align::TimeSegment& part : parts_between(run, spans, all)) {
            runs.push_back(std::move(part));
        }
    }
    keep(std::move(runs));
    return score_.combined >= context().rules.least_run_score;
}

}  // namespace refrain::match
