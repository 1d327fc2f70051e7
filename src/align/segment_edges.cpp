#include "align/segment_edges.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <utility>

namespace refrain::align {

namespace {

/// Query or reference time in seconds.
struct Interval {
    double begin = 0;
    double end = 0;
};

MediaTime time_of(double seconds) { return MediaTime::from_us(std::llround(seconds * 1e6)); }

/// The hit of a frame that speaks loudest for the line.
std::size_t hit_on(std::span<const TimeHit> hits,
                   const HitTable& table,
                   std::size_t frame,
                   const Line& line) {
    const HitFrame& row = table.frames[frame];
    const double value = line.at(row.time);
    std::size_t best = table.order[row.hits_begin];
    std::tuple<double, double, double> best_key{-1, 0, 0};
    for (std::size_t i = row.hits_begin; i < row.hits_end; ++i) {
        const TimeHit& hit = hits[table.order[i]];
        const double begin = hit.reference_begin.seconds();
        const double end = std::max(hit.reference_end.seconds(), begin);
        const double outside = distance_outside(value, begin, end);
        const std::tuple key{hit.weight * closeness(outside, table.tolerance), -outside,
                             -std::abs(value - (begin + end) / 2)};
        if (key > best_key) {
            best_key = key;
            best = table.order[i];
        }
    }
    return best;
}

Interval reference_limits(std::span<const TimeHit> hits, const TimeOptions& options) {
    Interval limits{options.reference_begin.seconds(), options.reference_duration.seconds()};
    if (options.reference_duration.us <= 0) {
        for (const TimeHit& hit : hits) {
            limits.end =
                std::max({limits.end, hit.reference_end.seconds(), hit.reference_begin.seconds()});
        }
    }
    limits.end = std::max(limits.begin, limits.end);
    return limits;
}

/// Query times between which the samples allow the run to lie.
Interval room_of(std::span<const TimeHit> hits,
                 const TimeSegment& segment,
                 const TimeOptions& options) {
    const TimeHit& first = hits[segment.hits.front()];
    const TimeHit& last = hits[segment.hits.back()];
    const double begin = first.query_time.seconds();
    const double before = std::min(first.query_previous.seconds(), begin);
    const double end = last.query_time.seconds();
    const double after = std::max(last.query_end.seconds(), end);
    const bool is_last = options.query_duration.us > 0 && last.query_end >= options.query_duration;
    Interval room;
    room.begin = first.query_frame == 0 ? std::min(options.query_begin.seconds(), begin)
                                        : (before + begin) / 2;
    room.end = is_last ? std::max(options.query_duration.seconds(), end) : (end + after) / 2;
    return room;
}

/// The part of `query` that the line maps into the reference; an instant if there is none.
Interval inside_reference(Interval query, const Line& line, Interval reference) {
    if (line.speed == 0) {
        return query;
    }
    const double at_begin = line.origin + (reference.begin - line.value) / line.speed;
    const double at_end = line.origin + (reference.end - line.value) / line.speed;
    const auto [low, high] = std::minmax(at_begin, at_end);
    query.begin = std::clamp(query.begin, low, high);
    query.end = std::clamp(query.end, query.begin, std::max(query.begin, high));
    return query;
}

/// Lets two runs whose frames are next to each other meet where the reference stops one of them.
void meet(Interval& earlier, Interval& later, double boundary) {
    const bool is_earlier_short = earlier.end < boundary;
    const bool is_later_short = later.begin > boundary;
    if (is_earlier_short && !is_later_short) {
        later.begin = earlier.end;
    } else if (is_later_short && !is_earlier_short) {
        earlier.end = later.begin;
    }
}

/// What the frames sampled within `query` say for the reference time that `reference_at` gives.
template <typename ReferenceAt>
double support_within(const HitTable& table, Interval query, const ReferenceAt& reference_at) {
    const auto first =
        std::lower_bound(table.frames.begin(), table.frames.end(), query.begin,
                         [](const HitFrame& frame, double time) { return frame.time < time; });
    double sum = 0;
    for (auto frame = first; frame != table.frames.end() && frame->time <= query.end; ++frame) {
        const auto index = static_cast<std::size_t>(frame - table.frames.begin());
        sum += support_of(table, index, reference_at(frame->time)).gain;
    }
    return sum;
}

/// A freeze between two runs: the picture is held, then the video goes on where it stopped. Each
/// run reaches into the hold as far as the stored spans there are long, so that the second seems to
/// step back. Unlike after a true step back, the frames between fit one reference time better than
/// they fit the two lines.
///
/// @return query time during which the picture is held, if it is
std::optional<Interval> held_between(const HitTable& table,
                                     const std::pair<Line, Interval>& earlier,
                                     const std::pair<Line, Interval>& later) {
    const int steps = table.rules.hold_steps;
    const Line& line_a = earlier.first;
    const Interval& a = earlier.second;
    const Line& line_b = later.first;
    const Interval& b = later.second;
    if (line_a.speed <= 0 || line_a.speed != line_b.speed || b.begin - a.end > table.max_gap) {
        return std::nullopt;
    }
    const double low = std::max(line_b.at(b.begin), line_a.at(a.begin));
    const double high = std::min(line_a.at(a.end), line_b.at(b.end));
    if (high - low <= 2 * table.tolerance) {
        return std::nullopt;
    }
    const auto query_at = [&](double stop) {
        return Interval{line_a.origin + (stop - line_a.value) / line_a.speed,
                        line_b.origin + (stop - line_b.value) / line_b.speed};
    };
    double most = 0;
    double first = 0;  // the stops that explain most, the middle of which is taken
    double last = 0;
    for (int step = 0; step <= steps; ++step) {
        const double stop = low + (high - low) * step / steps;
        const Interval query = query_at(stop);
        const double still = support_within(table, query, [stop](double) { return stop; });
        const double moving = support_within(table, query, [&](double time) {
            return time <= a.end ? line_a.at(time) : line_b.at(time);
        });
        if (still <= table.rules.clearly * moving || still - moving < most) {
            continue;
        }
        first = still - moving > most ? stop : first;
        last = stop;
        most = still - moving;
    }
    return most > 0 ? std::optional(query_at((first + last) / 2)) : std::nullopt;
}

/// Takes the hits within `held` from a run; leaves it at least one.
void drop_hits(std::span<const TimeHit> hits, Interval held, TimeSegment& segment) {
    std::vector<std::size_t> kept;
    double weight = 0;
    for (const std::size_t hit : segment.hits) {
        const double time = hits[hit].query_time.seconds();
        if (time <= held.begin || time >= held.end) {
            kept.push_back(hit);
            weight += hits[hit].weight;
        }
    }
    if (!kept.empty()) {
        segment.hits = std::move(kept);
        segment.weight = weight;
    }
}

/// A held picture shows the stored span that most of its hits share: the heaviest hit's.
TimeSpan held_span(std::span<const TimeHit> hits, const TimeSegment& segment, Interval limits) {
    const std::size_t heaviest = *std::max_element(
        segment.hits.begin(), segment.hits.end(),
        [&](std::size_t a, std::size_t b) { return hits[a].weight < hits[b].weight; });
    const MediaTime last = time_of(limits.end);
    const MediaTime begin = std::clamp(hits[heaviest].reference_begin, time_of(limits.begin), last);
    return {begin, std::clamp(hits[heaviest].reference_end, begin, last)};
}

}  // namespace

std::vector<TimeSegment> segments_of(std::span<const TimeHit> hits,
                                     const HitTable& table,
                                     std::span<const LineRun> runs,
                                     const TimeOptions& options) {
    const Interval limits = reference_limits(hits, options);
    std::vector<TimeSegment> segments(runs.size());
    std::vector<Interval> rooms(runs.size());
    std::vector<Interval> spans(runs.size());
    std::vector<std::optional<Interval>> held(runs.size());  ///< before each run
    for (std::size_t i = 0; i < runs.size(); ++i) {
        TimeSegment& segment = segments[i];
        segment.speed = runs[i].line.speed;
        for (const std::size_t f : runs[i].frames) {
            segment.hits.push_back(hit_on(hits, table, f, runs[i].line));
            segment.weight += hits[segment.hits.back()].weight;
        }
        rooms[i] = room_of(hits, segment, options);
        spans[i] = inside_reference(rooms[i], runs[i].line, limits);
        const bool is_adjacent = i > 0 && hits[segment.hits.front()].query_frame ==
                                              hits[segments[i - 1].hits.back()].query_frame + 1;
        if (is_adjacent) {
            meet(spans[i - 1], spans[i], rooms[i].begin);
            spans[i - 1] = inside_reference(spans[i - 1], runs[i - 1].line, limits);
            spans[i] = inside_reference(spans[i], runs[i].line, limits);
        }
        if (i > 0) {
            held[i] =
                held_between(table, {runs[i - 1].line, spans[i - 1]}, {runs[i].line, spans[i]});
        }
    }
    for (std::size_t i = 1; i < runs.size(); ++i) {
        if (held[i] && held[i]->begin > spans[i - 1].begin && held[i]->end < spans[i].end) {
            spans[i - 1].end = held[i]->begin;
            spans[i].begin = held[i]->end;
            drop_hits(hits, *held[i], segments[i - 1]);
            drop_hits(hits, *held[i], segments[i]);
        }
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        TimeSegment& segment = segments[i];
        segment.query = {time_of(spans[i].begin), time_of(spans[i].end)};
        if (segment.speed == 0) {
            segment.reference = held_span(hits, segment, limits);
            continue;
        }
        const double a = std::clamp(runs[i].line.at(spans[i].begin), limits.begin, limits.end);
        const double b = std::clamp(runs[i].line.at(spans[i].end), limits.begin, limits.end);
        segment.reference = {time_of(std::min(a, b)), time_of(std::max(a, b))};
    }
    return segments;
}

}  // namespace refrain::align
