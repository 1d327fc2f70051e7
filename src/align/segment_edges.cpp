#include "align/segment_edges.h"

#include <algorithm>
#include <cmath>
#include <tuple>

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

double reference_limit(std::span<const TimeHit> hits, const TimeOptions& options) {
    if (options.reference_duration.us > 0) {
        return options.reference_duration.seconds();
    }
    double limit = 0;
    for (const TimeHit& hit : hits) {
        limit = std::max({limit, hit.reference_end.seconds(), hit.reference_begin.seconds()});
    }
    return limit;
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
    room.begin = first.query_frame == 0 ? 0 : (before + begin) / 2;
    room.end = is_last ? std::max(options.query_duration.seconds(), end) : (end + after) / 2;
    return room;
}

/// The part of `query` that the line maps into [0, limit]; an instant if there is none.
Interval inside_reference(Interval query, const Line& line, double limit) {
    if (line.speed == 0) {
        return query;
    }
    const double at_zero = line.origin - line.value / line.speed;
    const double at_limit = line.origin + (limit - line.value) / line.speed;
    const auto [low, high] = std::minmax(at_zero, at_limit);
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

/// A held picture shows the stored span that most of its hits share: the heaviest hit's.
TimeSpan held_span(std::span<const TimeHit> hits, const TimeSegment& segment, double limit) {
    const std::size_t heaviest = *std::max_element(
        segment.hits.begin(), segment.hits.end(),
        [&](std::size_t a, std::size_t b) { return hits[a].weight < hits[b].weight; });
    const MediaTime last = time_of(limit);
    const MediaTime begin = std::clamp(hits[heaviest].reference_begin, MediaTime{}, last);
    return {begin, std::clamp(hits[heaviest].reference_end, begin, last)};
}

}  // namespace

std::vector<TimeSegment> segments_of(std::span<const TimeHit> hits,
                                     const HitTable& table,
                                     std::span<const LineRun> runs,
                                     const TimeOptions& options) {
    const double limit = reference_limit(hits, options);
    std::vector<TimeSegment> segments(runs.size());
    std::vector<Interval> rooms(runs.size());
    std::vector<Interval> spans(runs.size());
    for (std::size_t i = 0; i < runs.size(); ++i) {
        TimeSegment& segment = segments[i];
        segment.speed = runs[i].line.speed;
        for (const std::size_t f : runs[i].frames) {
            segment.hits.push_back(hit_on(hits, table, f, runs[i].line));
            segment.weight += hits[segment.hits.back()].weight;
        }
        rooms[i] = room_of(hits, segment, options);
        spans[i] = inside_reference(rooms[i], runs[i].line, limit);
        const bool is_adjacent = i > 0 && hits[segment.hits.front()].query_frame ==
                                              hits[segments[i - 1].hits.back()].query_frame + 1;
        if (is_adjacent) {
            meet(spans[i - 1], spans[i], rooms[i].begin);
            spans[i - 1] = inside_reference(spans[i - 1], runs[i - 1].line, limit);
            spans[i] = inside_reference(spans[i], runs[i].line, limit);
        }
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        TimeSegment& segment = segments[i];
        segment.query = {time_of(spans[i].begin), time_of(spans[i].end)};
        if (segment.speed == 0) {
            segment.reference = held_span(hits, segment, limit);
            continue;
        }
        const double a = std::clamp(runs[i].line.at(spans[i].begin), 0.0, limit);
        const double b = std::clamp(runs[i].line.at(spans[i].end), 0.0, limit);
        segment.reference = {time_of(std::min(a, b)), time_of(std::max(a, b))};
    }
    return segments;
}

}  // namespace refrain::align
