#include "evidence/local/place_following.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace refrain::evidence {

namespace {

align::PlanePoint middle_of(const align::PicturePlacement& placement) {
    align::PlanePoint middle;
    for (const align::PlanePoint& corner : placement.quad) {
        middle.x += corner.x / 4;
        middle.y += corner.y / 4;
    }
    return middle;
}

bool lie_alike(const PlacedFrame& a, const PlacedFrame& b, const FollowRules& rules) {
    const double turn = std::remainder(a.placement.rotation_deg - b.placement.rotation_deg, 360.0);
    const double ratio = std::max(a.placement.scale, 1e-6) / std::max(b.placement.scale, 1e-6);
    const align::PlanePoint from = middle_of(a.placement);
    const align::PlanePoint to = middle_of(b.placement);
    const double side = std::max(1, std::max(a.query_size.width, a.query_size.height));
    return std::abs(turn) <= rules.same_turn && std::abs(std::log(ratio)) <= rules.same_log_scale &&
           std::hypot(from.x - to.x, from.y - to.y) <= rules.same_shift * side;
}

MediaTime scaled(MediaTime time, double factor) {
    return MediaTime::from_us(static_cast<std::int64_t>(static_cast<double>(time.us) * factor));
}

/// Goes along the frames of one query.
class Follower {
  public:
    Follower(const FollowedFilm& film, const FollowRules& rules) : film_(film), rules_(rules) {}

    void take(const std::vector<PlacedFrame>& placed) {
        for (const PlacedFrame& place : placed) {
            keep(place);
        }
    }

    [[nodiscard]] bool has_sure_place() const {
        return std::any_of(best_.begin(), best_.end(),
                           [this](const auto& entry) { return is_sure(entry.second); });
    }

    /// Goes over all frames, forward or back, and gives the places found.
    [[nodiscard]] std::vector<PlacedFrame> follow(bool is_forward) {
        std::vector<PlacedFrame> found;
        const auto frames = static_cast<std::uint32_t>(film_.query.local.size());
        std::optional<Line> line;
        for (std::uint32_t i = 0; i < frames; ++i) {
            const std::uint32_t frame = is_forward ? i : frames - 1 - i;
            const auto known = best_.find(frame);
            std::optional<PlacedFrame> place;
            if (known != best_.end()) {
                place = known->second;
            }
            if (line && !film_.query.local[frame].points.empty()) {
                line = goes_on(*line, frame, place, found);
            } else if (!line && place && is_sure(*place)) {
                line = Line{*place, place->known_time};
            }
        }
        for (const PlacedFrame& one : found) {
            keep(one);
        }
        return found;
    }

  private:
    /// Where a film has been followed to.
    struct Line {
        PlacedFrame last;
        MediaTime time;  ///< of the known film; in its still scenes its pictures do not tell it
    };

    void keep(const PlacedFrame& place) {
        places_.insert_or_assign({place.query, place.picture}, place);
        const auto [slot, is_new] = best_.try_emplace(place.query, place);
        if (!is_new && place.score > slot->second.score) {
            slot->second = place;
        }
    }

    [[nodiscard]] bool is_sure(const PlacedFrame& place) const {
        return place.score >= rules_.sure && place.judgement.evidence >= 0;
    }

    [[nodiscard]] bool shows_at(std::uint32_t picture, MediaTime time) const {
        const TimeSpan shown = film_.shown_for(picture);
        return shown.begin <= time && time <= shown.end;
    }

    /// The line in the next frame. Without a place there it stays where it is; a sure place that
    /// lies elsewhere begins another.
    [[nodiscard]] Line goes_on(const Line& line,
                               std::uint32_t frame,
                               const std::optional<PlacedFrame>& place,
                               std::vector<PlacedFrame>& found) const {
        const MediaTime gap =
            film_.query.local[frame].time - film_.query.local[line.last.query].time;
        const bool is_in_reach = std::max(gap, MediaTime{} - gap) <= rules_.reach;
        const MediaTime expected = line.time + gap;
        if (place && is_in_reach && shows_at(place->picture, expected) &&
            lie_alike(line.last, *place, rules_)) {
            return {*place, expected};
        }
        if (is_in_reach) {
            std::optional<PlacedFrame> next = place_after(line, frame, place ? 1 : rules_.pictures);
            if (next) {
                const MediaTime time =
                    shows_at(next->picture, expected) ? expected : next->known_time;
                if (!places_.contains({frame, next->picture})) {
                    found.push_back(*next);
                }
                return {std::move(*next), time};
            }
        }
        return place && is_sure(*place) ? Line{*place, place->known_time} : line;
    }

    [[nodiscard]] std::optional<PlacedFrame> place_after(const Line& line,
                                                         std::uint32_t frame,
                                                         std::size_t most) const {
        const MediaTime gap =
            film_.query.local[frame].time - film_.query.local[line.last.query].time;
        std::vector<std::uint32_t> pictures = candidates(line.time, gap);
        pictures.resize(std::min(pictures.size(), most));
        std::optional<PlacedFrame> best;
        for (const std::uint32_t picture : pictures) {
            const auto known = places_.find({frame, picture});
            std::optional<PlacedFrame> next = known != places_.end()
                                                  ? std::optional(known->second)
                                                  : film_.place_one(frame, picture);
            if (next && lie_alike(line.last, *next, rules_) &&
                (!best || next->score > best->score)) {
                best = std::move(next);
            }
        }
        return best;
    }

    /// The pictures that the known film may show, those first that it shows at its own speed.
    [[nodiscard]] std::vector<std::uint32_t> candidates(MediaTime from, MediaTime gap) const {
        const MediaTime slow = from + scaled(gap, rules_.slowest);
        const MediaTime fast = from + scaled(gap, rules_.fastest);
        const MediaTime expected = from + gap;
        std::vector<std::pair<MediaTime, std::uint32_t>> order;
        for (std::uint32_t p = 0; p < film_.item.local.size(); ++p) {
            const TimeSpan shown = film_.shown_for(p);
            if (shown.begin <= std::max(slow, fast) && shown.end >= std::min(slow, fast)) {
                const MediaTime off =
                    std::max({MediaTime{}, shown.begin - expected, expected - shown.end});
                order.emplace_back(off, p);
            }
        }
        std::sort(order.begin(), order.end());
        order.resize(std::min(order.size(), rules_.pictures));
        std::vector<std::uint32_t> pictures;
        pictures.reserve(order.size());
        for (const auto& [off, picture] : order) {
            pictures.push_back(picture);
        }
        return pictures;
    }

    const FollowedFilm& film_;
    const FollowRules& rules_;
    std::map<std::uint32_t, PlacedFrame> best_;  ///< by frame of the query
    std::map<std::pair<std::uint32_t, std::uint32_t>, PlacedFrame> places_;  ///< also by picture
};

}  // namespace

void follow_film(const FollowedFilm& film,
                 std::vector<PlacedFrame>& placed,
                 const FollowRules& rules) {
    Follower follower(film, rules);
    follower.take(placed);
    if (!follower.has_sure_place()) {
        return;
    }
    for (const bool is_forward : {true, false}) {
        std::vector<PlacedFrame> found = follower.follow(is_forward);
        std::move(found.begin(), found.end(), std::back_inserter(placed));
    }
}

}  // namespace refrain::evidence
