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
            const auto [slot, is_new] = best_.try_emplace(place.query, place);
            if (!is_new && place.score > slot->second.score) {
                slot->second = place;
            }
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
        std::optional<PlacedFrame> last;
        for (std::uint32_t i = 0; i < frames; ++i) {
            const std::uint32_t frame = is_forward ? i : frames - 1 - i;
            const auto known = best_.find(frame);
            if (known != best_.end()) {
                if (is_sure(known->second) || (last && lie_alike(*last, known->second, rules_))) {
                    last = known->second;
                }
                continue;
            }
            if (!last || film_.query.local[frame].points.empty()) {
                continue;
            }
            if (std::optional<PlacedFrame> next = place_after(*last, frame)) {
                last = *next;
                best_.emplace(frame, *next);
                found.push_back(std::move(*next));
            }
        }
        return found;
    }

  private:
    [[nodiscard]] bool is_sure(const PlacedFrame& place) const {
        return place.score >= rules_.sure && place.judgement.evidence >= 0;
    }

    [[nodiscard]] std::optional<PlacedFrame> place_after(const PlacedFrame& last,
                                                         std::uint32_t frame) const {
        const MediaTime gap = film_.query.local[frame].time - film_.query.local[last.query].time;
        if (std::max(gap, MediaTime{} - gap) > rules_.reach) {
            return std::nullopt;
        }
        std::optional<PlacedFrame> best;
        for (const std::uint32_t picture : candidates(last.known_time, gap)) {
            std::optional<PlacedFrame> next = film_.place_one(frame, picture);
            if (next && lie_alike(last, *next, rules_) && (!best || next->score > best->score)) {
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
