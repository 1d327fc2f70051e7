#include "align/time_segments.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "align/hit_table.h"
#include "align/line_choice.h"
#include "align/line_run.h"
#include "align/line_seeds.h"
#include "align/segment_edges.h"

namespace refrain::align {

namespace {

/// The runs that count, with their final lines.
std::vector<LineRun> settled_runs(const HitTable& table, const TimeOptions& options) {
    const std::vector<LineRun> runs = find_line_runs(table, options);
    std::vector<LineRun> settled;
    for (const LineRun& run : choose_runs(table, runs)) {
        LineRun one = settle_run(table, run.line, run.frames, options);
        if (!one.frames.empty()) {
            settled.push_back(std::move(one));
        }
    }
    settled = join_neighbours(table, std::move(settled), options);
    trim_strays(table, settled);
    return with_lone_hits(table, std::move(settled));
}

bool is_stronger(const TimeSegment& a, const TimeSegment& b) {
    return std::tie(b.weight, a.query.begin, a.query.end) <
           std::tie(a.weight, b.query.begin, b.query.end);
}

}  // namespace

std::vector<TimeSegment> find_time_segments(std::span<const TimeHit> hits,
                                            const TimeOptions& options,
                                            const TimeRules& rules) {
    const HitTable table = make_hit_table(hits, options, rules);
    if (table.frames.empty() || options.max_segments == 0) {
        return {};
    }
    std::vector<TimeSegment> segments =
        segments_of(hits, table, settled_runs(table, options), options);
    std::erase_if(segments,
                  [&](const TimeSegment& segment) { return segment.weight < options.min_weight; });
    std::sort(segments.begin(), segments.end(), is_stronger);
    if (segments.size() > options.max_segments) {
        segments.resize(options.max_segments);
    }
    return segments;
}

}  // namespace refrain::align
