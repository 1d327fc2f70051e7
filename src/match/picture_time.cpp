#include "match/picture_time.h"

#include <algorithm>
#include <cstddef>

#include "verdict/frame_score.h"

namespace refrain::match {

namespace {

// Weights in shares of points found again, chosen by docs/decisions/0056-time-of-a-picture.md.
/// A place is believed as far as its score goes, but no further than this.
constexpr double kMostScore = 2;
/// Places with less are left out, unless there is no better one.
constexpr double kLeastScore = 1;
constexpr double kPerBit = 0.01;    ///< between the whole frames
constexpr double kPerSecond = 0.1;  ///< between the whole frame and the place that speaks for it
constexpr double kOtherShot = 1;    ///< where a shot begins between these two
/// Frames that fall short of the best by no more are as likely.
constexpr double kAsLikely = 0.15;

int least_distance(const evidence::Query& query, std::uint32_t view, const Hash256& hash) {
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
                                        const std::vector<int>& distances) {
    double best = 0;
    for (const evidence::PlacedFrame& frame : placed) {
        best = std::max(best, frame.score);
    }
    std::vector<PlaceInTime> places;
    for (const evidence::PlacedFrame& frame : placed) {
        if (frame.score >= std::min(best, kLeastScore)) {
            places.push_back(
                {frame.known_time, frame.nearness + std::min(frame.score, kMostScore)});
        }
    }
    for (std::size_t i = 0; i < distances.size(); ++i) {
        if (distances[i] <= verdict::kMaxDistance) {
            places.push_back({item.frames[i].begin, kMostScore + 1});
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
                       MediaTime time) {
    auto nearest =
        std::lower_bound(places.begin(), places.end(), time,
                         [](const PlaceInTime& place, MediaTime at) { return place.time < at; });
    if (nearest == places.end() ||
        (nearest != places.begin() &&
         gap_between((nearest - 1)->time, time) < gap_between(nearest->time, time))) {
        --nearest;
    }
    const double cut = is_cut_between(shots, nearest->time, time) ? kOtherShot : 0;
    return nearest->worth - cut - kPerSecond * gap_between(nearest->time, time).seconds();
}

}  // namespace

std::optional<TimeSpan> picture_time(const evidence::Query& query,
                                     const evidence::KnownItem& item,
                                     std::uint32_t view,
                                     const std::vector<evidence::PlacedFrame>& placed) {
    if (placed.empty() || item.frames.empty()) {
        return std::nullopt;
    }
    std::vector<int> distances;
    distances.reserve(item.frames.size());
    for (const evidence::KnownFrame& frame : item.frames) {
        distances.push_back(least_distance(query, view, frame.hash));
    }
    const std::vector<PlaceInTime> places = places_in_time(item, placed, distances);
    std::vector<double> worth;
    worth.reserve(distances.size());
    for (std::size_t i = 0; i < distances.size(); ++i) {
        worth.push_back(worth_by_places(places, item.shots, item.frames[i].begin) -
                        kPerBit * distances[i]);
    }
    const auto best = std::max_element(worth.begin(), worth.end());
    auto from = best;
    while (from != worth.begin() && *(from - 1) >= *best - kAsLikely) {
        --from;
    }
    auto until = best;
    while (until + 1 != worth.end() && *(until + 1) >= *best - kAsLikely) {
        ++until;
    }
    return TimeSpan{item.frames[static_cast<std::size_t>(from - worth.begin())].begin,
                    item.frames[static_cast<std::size_t>(until - worth.begin())].end};
}

}  // namespace refrain::match
