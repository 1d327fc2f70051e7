#include "align/time_segments.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace refrain::align {

namespace {

std::int64_t offset_of(const TimeHit& hit) { return hit.reference_time.us - hit.query_time.us; }

/// The window of offsets, `tolerance` wide, with the most distinct query frames; hits by offset.
std::vector<std::size_t> best_window(std::span<const TimeHit> hits,
                                     std::vector<std::size_t> open,
                                     MediaTime tolerance) {
    std::sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
        return std::pair(offset_of(hits[a]), a) < std::pair(offset_of(hits[b]), b);
    });
    std::map<std::uint32_t, int> frames_inside;
    std::size_t best_begin = 0;
    std::size_t best_end = 0;
    std::size_t best_count = 0;
    std::size_t begin = 0;
    for (std::size_t end = 0; end < open.size(); ++end) {
        ++frames_inside[hits[open[end]].query_frame];
        while (offset_of(hits[open[end]]) - offset_of(hits[open[begin]]) > tolerance.us) {
            const auto frame = frames_inside.find(hits[open[begin]].query_frame);
            if (--frame->second == 0) {
                frames_inside.erase(frame);
            }
            ++begin;
        }
        if (frames_inside.size() > best_count) {
            best_count = frames_inside.size();
            best_begin = begin;
            best_end = end + 1;
        }
    }
    return {open.begin() + static_cast<std::ptrdiff_t>(best_begin),
            open.begin() + static_cast<std::ptrdiff_t>(best_end)};
}

/// Keeps the nearest hit of each query frame, in order of query time.
std::vector<std::size_t> one_per_frame(std::span<const TimeHit> hits,
                                       const std::vector<std::size_t>& window) {
    std::map<std::uint32_t, std::size_t> nearest;
    for (const std::size_t i : window) {
        const auto [slot, is_new] = nearest.try_emplace(hits[i].query_frame, i);
        if (!is_new && hits[i].distance < hits[slot->second].distance) {
            slot->second = i;
        }
    }
    std::vector<std::size_t> chosen;
    chosen.reserve(nearest.size());
    for (const auto& [frame, i] : nearest) {
        chosen.push_back(i);
    }
    std::sort(chosen.begin(), chosen.end(), [&](std::size_t a, std::size_t b) {
        return std::pair(hits[a].query_time, a) < std::pair(hits[b].query_time, b);
    });
    return chosen;
}

/// The longest run of hits without a silence of more than `max_gap`.
std::vector<std::size_t> longest_run(std::span<const TimeHit> hits,
                                     const std::vector<std::size_t>& chosen,
                                     MediaTime max_gap) {
    std::size_t best_begin = 0;
    std::size_t best_count = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (i > 0 && hits[chosen[i]].query_time - hits[chosen[i - 1]].query_end > max_gap) {
            begin = i;
        }
        if (i + 1 - begin > best_count) {
            best_count = i + 1 - begin;
            best_begin = begin;
        }
    }
    const auto from = chosen.begin() + static_cast<std::ptrdiff_t>(best_begin);
    return {from, from + static_cast<std::ptrdiff_t>(best_count)};
}

TimeSegment segment_of(std::span<const TimeHit> hits,
                       std::vector<std::size_t> run,
                       MediaTime reference_duration) {
    std::vector<std::int64_t> offsets;
    offsets.reserve(run.size());
    for (const std::size_t i : run) {
        offsets.push_back(offset_of(hits[i]));
    }
    const auto middle = offsets.begin() + static_cast<std::ptrdiff_t>(offsets.size() / 2);
    std::nth_element(offsets.begin(), middle, offsets.end());
    const MediaTime offset = MediaTime::from_us(*middle);

    TimeSegment segment;
    segment.query = {hits[run.front()].query_time, hits[run.back()].query_end};
    const MediaTime last = std::max(reference_duration, hits[run.back()].reference_time);
    segment.reference.begin = std::clamp(segment.query.begin + offset, MediaTime{}, last);
    segment.reference.end = std::clamp(segment.query.end + offset, segment.reference.begin, last);
    segment.hits = std::move(run);
    return segment;
}

}  // namespace

std::vector<TimeSegment> find_time_segments(std::span<const TimeHit> hits,
                                            const TimeOptions& options) {
    std::vector<TimeSegment> segments;
    std::vector<std::size_t> open(hits.size());
    std::iota(open.begin(), open.end(), std::size_t{0});
    while (!open.empty() && segments.size() < options.max_segments) {
        const std::vector<std::size_t> window = best_window(hits, open, options.tolerance);
        std::vector<std::size_t> run =
            longest_run(hits, one_per_frame(hits, window), options.max_gap);
        TimeSegment segment = segment_of(hits, std::move(run), options.reference_duration);
        std::erase_if(open, [&](std::size_t i) {
            return hits[i].query_time >= segment.query.begin &&
                   hits[i].query_time <
                       std::max(segment.query.end, segment.query.begin + MediaTime::from_us(1));
        });
        segments.push_back(std::move(segment));
    }
    return segments;
}

}  // namespace refrain::align
