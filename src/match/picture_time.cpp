#include "match/picture_time.h"

#include <algorithm>
#include <cstddef>

#include "verdict/frame_score.h"

namespace refrain::match {

namespace {

int least_distance(const evidence::Query& query, evidence::QueryView view, const Hash256& hash) {
    int least = Hash256::kBits;
    for (std::size_t i = 0; i < query.frames().size(); ++i) {
        least = std::min(least, hamming_distance(query.code(i, view), hash));
    }
    return least;
}

struct PlaceInTime {
    MediaTime time;
    double worth = 0;
};

/// What speaks for a time by itself: places, and whole frames that are as near as a match.
std::vector<PlaceInTime> places_in_time(const evidence::KnownItem& item,
                                        const std::vector<evidence::PlacedFrame>& placed,
                                        const std::vector<int>& distances,
                                        const MatchRules& rules) {
    double best = 0;
    for (const evidence::PlacedFrame& frame : placed) {
        best = std::max(best, frame.score);
    }
    std::vector<PlaceInTime> places;
    for (const evidence::PlacedFrame& frame : placed) {
        if (frame.score >= std::min(best, rules.least_time_score)) {
            places.push_back(
                {frame.known_time, frame.nearness + std::min(frame.score, rules.max_time_score)});
        }
    }
    for (std::size_t i = 0; i < distances.size(); ++i) {
        if (distances[i] <= verdict::kMaxDistance) {
            places.push_back({item.frames[i].begin, rules.max_time_score + 1});
        }
    }
    std::sort(places.begin(), places.end(),
              [](const PlaceInTime& a, const PlaceInTime& b) { return a.time < b.time; });
    return places;
}

MediaTime gap_between(MediaTime a, MediaTime b) { return a < b ? b - a : a - b; }

bool is_cut_between(const std::vector<MediaTime>& shots, MediaTime a, MediaTime b) {
    const auto next = std::upper_bound(shots.begin(), shots.end(), std::min(a, b));
    return next != shots.end() && *next <= std::max(a, b);
}

/// What the nearest place says of a time. @param places  not empty
double worth_by_places(const std::vector<PlaceInTime>& places,
                       const std::vector<MediaTime>& shots,
                       MediaTime time,
                       const MatchRules& rules) {
    auto nearest =
        std::lower_bound(places.begin(), places.end(), time,
                         [](const PlaceInTime& place, MediaTime at) { return place.time < at; });
    if (nearest == places.end() ||
        (nearest != places.begin() &&
         gap_between((nearest - 1)->time, time) < gap_between(nearest->time, time))) {
        --nearest;
    }
    const double cut = is_cut_between(shots, nearest->time, time) ? rules.other_shot : 0;
    return nearest->worth - cut - rules.per_second * gap_between(nearest->time, time).seconds();
}

}  // namespace

std::optional<TimeSpan> picture_time(const evidence::Query& query,
                                     const evidence::KnownItem& item,
                                     evidence::QueryView view,
                                     const std::vector<evidence::PlacedFrame>& placed,
                                     const MatchRules& rules) {
    if (placed.empty() || item.frames.empty()) {
        return std::nullopt;
    }
    std::vector<int> distances;
    distances.reserve(item.frames.size());
    for (const evidence::KnownFrame& frame : item.frames) {
        distances.push_back(least_distance(query, view, frame.hash));
    }
    const std::vector<PlaceInTime> places = places_in_time(item, placed, distances, rules);
    std::vector<double> worth;
    worth.reserve(distances.size());
    for (std::size_t i = 0; i < distances.size(); ++i) {
        worth.push_back(worth_by_places(places, item.shots, item.frames[i].begin, rules) -
                        rules.per_bit * distances[i]);
    }
    const auto best = std::max_element(worth.begin(), worth.end());
    auto from = best;
    while (from != worth.begin() && *(from - 1) >= *best - rules.as_likely) {
        --from;
    }
    auto until = best;
    while (until + 1 != worth.end() && *(until + 1) >= *best - rules.as_likely) {
        ++until;
    }
    return TimeSpan{item.frames[static_cast<std::size_t>(from - worth.begin())].begin,
                    item.frames[static_cast<std::size_t>(until - worth.begin())].end};
}

}  // namespace refrain::match
