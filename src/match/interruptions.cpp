#include "match/interruptions.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace refrain::match {

namespace {

/// The reference time at which a run begins or ends, in the order of the query.
double first_shown(const align::TimeSegment& run) {
    return (run.speed < 0 ? run.reference.end : run.reference.begin).seconds();
}

double last_shown(const align::TimeSegment& run) {
    return (run.speed < 0 ? run.reference.begin : run.reference.end).seconds();
}

bool is_one_line(const align::TimeSegment& a,
                 const align::TimeSegment& b,
                 const MatchRules& rules) {
    const MediaTime gap = b.query.begin - a.query.end;
    const double wanted = last_shown(a) + a.speed * gap.seconds();
    return a.speed != 0 && gap <= rules.max_gap &&
           std::abs(a.speed - b.speed) <= rules.same_speed &&
           std::abs(first_shown(b) - wanted) <= rules.same_offset;
}

void append(align::TimeSegment& run, const align::TimeSegment& next) {
    run.query.end = next.query.end;
    run.reference.begin = std::min(run.reference.begin, next.reference.begin);
    run.reference.end = std::max(run.reference.end, next.reference.end);
    run.hits.insert(run.hits.end(), next.hits.begin(), next.hits.end());
    run.weight += next.weight;
}

}  // namespace

std::vector<align::TimeSegment> without_interruptions(
    std::vector<align::TimeSegment> runs,
    const std::function<bool(std::size_t)>& is_place,
    const MatchRules& rules) {
    std::sort(runs.begin(), runs.end(),
              [](const align::TimeSegment& a, const align::TimeSegment& b) {
                  return a.query.begin < b.query.begin;
              });
    std::vector<align::TimeSegment> kept;
    std::vector<align::TimeSegment> places;  // since the last kept run
    const auto keep_places = [&] {
        std::move(places.begin(), places.end(), std::back_inserter(kept));
        places.clear();
    };
    std::size_t last = 0;  // the last kept run of frames, if `has_last`
    bool has_last = false;
    for (align::TimeSegment& run : runs) {
        if (std::all_of(run.hits.begin(), run.hits.end(), is_place)) {
            places.push_back(std::move(run));
            continue;
        }
        if (has_last && !places.empty() && is_one_line(kept[last], run, rules)) {
            places.clear();
            append(kept[last], run);
            continue;
        }
        keep_places();
        kept.push_back(std::move(run));
        last = kept.size() - 1;
        has_last = true;
    }
    keep_places();
    return kept;
}

}  // namespace refrain::match
