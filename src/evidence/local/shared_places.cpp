#include "evidence/local/shared_places.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "align/plane_map.h"
#include "evidence/local/local_votes.h"
#include "evidence/local/place_agreement.h"
#include "evidence/media_count.h"
#include "evidence/related_media.h"
#include "verdict/copy_evidence.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

constexpr std::size_t kCells = AgreedPoint::kCells;
// Around a point that agrees as many cells to each side are taken to agree: not every picture that
// shows the same keeps the same points of it.
constexpr std::size_t kReach = 2;
constexpr std::size_t kAround = 2 * kReach + 1;
// Media that are told apart in one frame, the surest places first: as many as a picture query
// places.
constexpr std::size_t kMostMedia = 64;
constexpr std::size_t kMostComparisons = 1024;  // of pictures, laid over each other
// Of the points that do not agree with the query this share is found in another picture of the
// same, if there are as many at all.
constexpr double kSameRest = 0.35;
constexpr std::size_t kFewRest = 12;

using CellSet = std::bitset<kCells * kCells>;

/// A place and where it agrees with its frame.
struct Shown {
    PlacedGroup group;
    PlacedFrame* frame = nullptr;
    const LocalFrame* picture = nullptr;  ///< null: the item has gone
    bool is_film = false;
    CellSet near;                     ///< cells with a point that agrees near by
    std::vector<char> is_shown;       ///< for each point of the picture whether it lies in these
    std::size_t rest = 0;             ///< number of the other points
    std::size_t medium = kMostMedia;  ///< numbered; related ones have one number
};

CellSet cells_near(const std::vector<AgreedPoint>& agreed) {
    CellSet cells;
    for (const AgreedPoint& point : agreed) {
        for (std::size_t i = 0; i < kAround * kAround; ++i) {
            // Left and above of the frame these wrap to large numbers.
            const std::size_t row = point.cell / kCells + i / kAround - kReach;
            const std::size_t column = point.cell % kCells + i % kAround - kReach;
            if (row < kCells && column < kCells) {
                cells.set(row * kCells + column);
            }
        }
    }
    return cells;
}

/// The cell of the frame as it is that a point of a known picture comes to lie in.
std::optional<std::size_t> cell_at(const Shown& shown, align::PlanePoint known) {
    const align::PictureSize size = shown.frame->query_size;
    align::PlanePoint at = align::apply(shown.frame->placement.known_to_query, known);
    if (shown.group.is_mirrored) {
        at.x = size.width - at.x;
    }
    if (!(at.x >= 0 && at.y >= 0 && at.x < size.width && at.y < size.height)) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(at.y * kCells / size.height) * kCells +
           static_cast<std::size_t>(at.x * kCells / size.width);
}

/// Tells the points of a picture that agree with the query from the rest.
void tell_rest(Shown& shown) {
    shown.near = cells_near(shown.frame->agreed);
    if (shown.picture == nullptr) {
        return;
    }
    const std::vector<align::PointPlace> places = places_of(*shown.picture, false);
    shown.is_shown.resize(places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
        const std::optional<std::size_t> cell = cell_at(shown, {places[i].x, places[i].y});
        shown.is_shown[i] = cell && shown.near[*cell] ? 1 : 0;
    }
    for (const AgreedPoint& point : shown.frame->agreed) {
        if (point.known < places.size()) {
            shown.is_shown[point.known] = 1;
        }
    }
    shown.rest =
        static_cast<std::size_t>(std::count(shown.is_shown.begin(), shown.is_shown.end(), char{0}));
}

/// Whether the rest of a picture is found in another one, laid over it by both maps.
bool is_rest_in(const Shown& of, const Shown& in) {
    const std::vector<align::PointPlace> places = places_of(*of.picture, false);
    const align::PlaneMap map = align::times(align::inverse(in.frame->placement.known_to_query),
                                             of.frame->placement.known_to_query);
    double outside = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const align::PlanePoint at = align::apply(map, {places[i].x, places[i].y});
        const bool is_inside =
            at.x >= 0 && at.y >= 0 && at.x < in.picture->width && at.y < in.picture->height;
        outside += of.is_shown[i] == 0 && !is_inside ? 1 : 0;
    }
    const std::vector<align::PointPlace> others = places_of(*in.picture, false);
    const double scale =
        align::pose_at(map, {of.picture->width / 2.0, of.picture->height / 2.0}).scale;
    const PointStates states = states_of({*in.picture, *of.picture, false, others, places, false},
                                         map, scale, of.is_shown);
    return states.like >= kSameRest * (outside + states.seen);
}

/// Whether a picture shows nothing that an earlier one, which has more beside what both share,
/// does not.
bool is_nothing_new(const Shown& one, const Shown& earlier) {
    return one.rest < kFewRest || is_rest_in(one, earlier) ||
           (!earlier.is_film && earlier.rest >= kFewRest && is_rest_in(earlier, one));
}

/// Tells the media of one frame after the other apart.
class Sharing {
  public:
    Sharing(ItemSource& items, const verdict::ScoreRules& rules)
        : media_(items), related_(items), rules_(rules) {}

    /// Sets `own_worth` and `unrelated_items` of the places of one frame, which need not be in any
    /// order.
    Result<void> weigh(std::vector<Shown>& shown) {
        Result<void> told = put_in_order(shown);
        told = told ? tell_apart(shown) : told;
        if (!told) {
            return told;
        }
        std::vector<std::uint64_t> media(kCells * kCells);
        for (const Shown& one : shown) {
            if (one.medium < kMostMedia) {
                for (std::size_t cell = 0; cell < media.size(); ++cell) {
                    media[cell] |= std::uint64_t{one.near[cell]} << one.medium;
                }
            }
        }
        for (const Shown& one : shown) {
            weigh_one(media, *one.frame);
        }
        return {};
    }

    /// Divides the scores in one frame by the root of the media that it shows.
    Result<void> divide(const std::vector<PlacedFrame*>& frames,
                        const std::set<std::int64_t>& showing) {
        const Result<std::size_t> count = media_.of(showing);
        if (!count) {
            return count.error();
        }
        for (PlacedFrame* frame : frames) {
            frame->score /= std::sqrt(static_cast<double>(std::max<std::size_t>(1, *count)));
        }
        return {};
    }

  private:
    /// Films first, then pictures that have most beside what agrees: what is nothing but a template
    /// is related to whatever has it.
    Result<void> put_in_order(std::vector<Shown>& shown) {
        for (Shown& one : shown) {
            const Result<KnownItemPtr> item = related_.item(one.group.key);
            if (!item) {
                return item.error();
            }
            const KnownItem* part = *item == nullptr ? nullptr : part_of(**item, one.group.part);
            if (part != nullptr && one.frame->picture < part->local.size()) {
                one.picture = &part->local[one.frame->picture];
                one.is_film = (*item)->kind == MediaKind::kVideo;
            }
            tell_rest(one);
        }
        std::sort(shown.begin(), shown.end(), [](const Shown& a, const Shown& b) {
            return std::tie(b.is_film, b.rest, a.group, a.frame->picture) <
                   std::tie(a.is_film, a.rest, b.group, b.frame->picture);
        });
        return {};
    }

    /// Numbers the media.
    Result<void> tell_apart(std::vector<Shown>& shown) {
        std::vector<const Shown*> first;  // of each medium
        for (Shown& one : shown) {
            for (std::size_t m = 0; m < first.size() && one.medium == kMostMedia; ++m) {
                const Result<bool> related = are_related(one, *first[m]);
                if (!related) {
                    return related.error();
                }
                one.medium = *related ? m : kMostMedia;
            }
            if (one.medium == kMostMedia && first.size() < kMostMedia) {
                one.medium = first.size();
                first.push_back(&one);
            }
        }
        return {};
    }

    Result<bool> are_related(const Shown& one, const Shown& earlier) {
        const Result<bool> related = related_.are_related(one.group.key, earlier.group.key);
        if (!related || *related) {
            return related;
        }
        if (one.is_film || one.picture == nullptr || earlier.picture == nullptr ||
            one.group.is_mirrored != earlier.group.is_mirrored ||
            comparisons_ == kMostComparisons) {
            return false;
        }
        ++comparisons_;
        return is_nothing_new(one, earlier);
    }

    void weigh_one(const std::vector<std::uint64_t>& media, PlacedFrame& frame) const {
        double weight = 0;
        double own = 0;
        for (const AgreedPoint& point : frame.agreed) {
            const auto count = static_cast<int>(std::bitset<kMostMedia>(media[point.cell]).count());
            const double counts = verdict::weight_of_shared(count, rules_);
            weight += counts;
            own += counts >= 1 ? 1 : 0;
            frame.unrelated_items = std::max(frame.unrelated_items, count);
        }
        if (const auto all = static_cast<double>(frame.agreed.size()); all > 0) {
            const double own_rarity = -frame.placement.log10_chance * own / all;
            frame.own_worth = verdict::own_worth(weight / all, own_rarity, rules_);
        }
    }

    MediaCount media_;
    RelatedMedia related_;
    const verdict::ScoreRules& rules_;
    std::size_t comparisons_ = 0;
};

}  // namespace

Result<void> share_places(PlacedGroups& groups,
                          ItemSource& items,
                          const verdict::ScoreRules& rules) {
    struct OfFrame {
        std::vector<Shown> shown;
        std::vector<PlacedFrame*> all;
        std::set<std::int64_t> keys;
        std::set<std::int64_t> showing;
    };
    std::map<std::uint32_t, OfFrame> frames;
    for (auto& [group, placed] : groups) {
        for (PlacedFrame& frame : placed) {
            OfFrame& own = frames[frame.query];
            own.all.push_back(&frame);
            if (frame.score >= kShowsItem) {
                Shown shown;
                shown.group = group;
                shown.frame = &frame;
                own.shown.push_back(std::move(shown));
                own.keys.insert(group.key);
            }
            if (shows_item(frame)) {
                own.showing.insert(group.key);
            }
        }
    }
    Sharing sharing(items, rules);
    for (auto& [number, frame] : frames) {
        const bool has_many = frame.keys.size() > static_cast<std::size_t>(rules.few_share);
        Result<void> outcome = has_many ? sharing.weigh(frame.shown) : Result<void>();
        outcome = outcome ? sharing.divide(frame.all, frame.showing) : outcome;
        if (!outcome) {
            return outcome;
        }
    }
    return {};
}

}  // namespace refrain::evidence
