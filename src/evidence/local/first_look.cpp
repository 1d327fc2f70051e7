#include "evidence/local/first_look.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include "evidence/local/local_votes.h"
#include "evidence/local/placer.h"
#include "evidence/local/vote_ranking.h"

namespace refrain::evidence {

namespace {

constexpr double kNoPromise = -std::numeric_limits<double>::infinity();

/// A picture that is worth a closer look.
struct Hint {
    double promise = 0;
    KnownItemPtr item;
    PlaceInItem place;
    const VotedPicture* picture = nullptr;
};

/// Looks at the pictures that have votes.
class Hints {
  public:
    Hints(const FirstLookAt& look, const FirstLookRules& rules) : look_(look), rules_(rules) {}

    /// The most promising picture of each group that has one.
    [[nodiscard]] Result<std::vector<Hint>> of(const std::vector<VotedPicture>& voted) {
        std::vector<RankedGroup> ranked = rank_items(voted, false);
        ranked.resize(std::min(ranked.size(), rules_.groups));
        std::vector<Hint> hints;
        for (RankedGroup& one : ranked) {
            const Result<KnownItemPtr> item = look_.items.find(one.group.key);
            if (!item) {
                return item.error();
            }
            if (*item == nullptr || !is_wanted(**item, look_.options.banks)) {
                continue;
            }
            const Hint hint = best_of(*item, std::move(one.pictures));
            if (hint.promise >= rules_.promising) {
                hints.push_back(hint);
            }
        }
        std::ranges::stable_sort(hints, std::ranges::greater(), &Hint::promise);
        return hints;
    }

  private:
    [[nodiscard]] Hint best_of(const KnownItemPtr& item,
                               std::vector<const VotedPicture*> pictures) {
        std::ranges::stable_sort(pictures, std::ranges::greater(), &VotedPicture::votes);
        pictures.resize(std::min(pictures.size(), rules_.pictures));
        Hint best{kNoPromise, item, {}, nullptr};
        for (const VotedPicture* picture : pictures) {
            const auto place = picture_at(*item, picture->picture);
            if (!place) {
                continue;  // of an item that was replaced meanwhile
            }
            const LocalFrame& known = part_of(*item, place->part)->local[place->index];
            const FramePlaces& shown = places_in(picture->query_frame, picture->is_mirrored);
            const double promise = promise_of(picture->pairs, shown.places, places_of(known, false),
                                              shown.asked, rules_);
            if (promise > best.promise) {
                best = {promise, item, *place, picture};
            }
        }
        return best;
    }

    struct FramePlaces {
        std::vector<align::PointPlace> places;
        double asked = 1;
    };

    const FramePlaces& places_in(std::uint32_t frame, bool is_mirrored) {
        const auto [found, is_new] = places_.try_emplace({frame, is_mirrored});
        if (is_new) {
            const LocalFrame& shown = look_.query.local[frame];
            found->second = {places_of(shown, is_mirrored),
                             static_cast<double>(first_points(shown).size())};
        }
        return found->second;
    }

    const FirstLookAt& look_;
    const FirstLookRules& rules_;
    std::map<std::pair<std::uint32_t, bool>, FramePlaces> places_;
};

/// Whether it is found again by all points.
bool is_confirmed(Placer& placer, const Hint& hint) {
    VotedPicture picture = *hint.picture;
    picture.picture = hint.place.index;
    keep_mutual(std::span(&picture, 1));
    return !placer.place(*part_of(*hint.item, hint.place.part), picture.is_mirrored, {&picture}, 0)
                .empty();
}

std::size_t points_in(const Fingerprint& query, std::span<const std::uint32_t> frames) {
    std::size_t points = 0;
    for (const std::uint32_t frame : frames) {
        points += query.local[frame].points.size();
    }
    return points;
}

/// Whether one of the promising pictures is found again by all points.
Result<bool> shows_a_picture(const FirstLookAt& look,
                             const std::vector<VotedPicture>& voted,
                             const std::stop_token& stop,
                             const FirstLookRules& rules) {
    const Result<std::vector<Hint>> hints = Hints(look, rules).of(voted);
    if (!hints) {
        return hints.error();
    }
    const std::set<std::int64_t> none;
    Placer placer(look.query, none, look.options);
    for (std::size_t i = 0; i < std::min(hints->size(), rules.most_confirmed); ++i) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while searching"};
        }
        if (is_confirmed(placer, (*hints)[i])) {
            return true;
        }
    }
    return false;
}

/// Whether one of the pictures of an item is found again by all points.
Result<bool> is_item_confirmed(const FirstLookAt& look,
                               RankedGroup ranked,
                               Placer& placer,
                               const std::stop_token& stop,
                               const FirstLookRules& rules) {
    const Result<KnownItemPtr> item = look.items.find(ranked.group.key);
    if (!item) {
        return item.error();
    }
    if (*item == nullptr || !is_wanted(**item, look.options.banks)) {
        return false;
    }
    std::ranges::stable_sort(ranked.pictures, std::ranges::greater(), &VotedPicture::votes);
    ranked.pictures.resize(std::min(ranked.pictures.size(), rules.film_pictures));
    for (const VotedPicture* picture : ranked.pictures) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while searching"};
        }
        const auto place = picture_at(**item, picture->picture);
        if (place && is_confirmed(placer, {0, *item, *place, picture})) {
            return true;
        }
    }
    return false;
}

/// Whether an item has so many votes in all frames together that it is surely shown, or has more
/// than chance gives and one of the first items is found again by all points.
Result<bool> shows_a_film(const FirstLookAt& look,
                          std::vector<VotedPicture> voted,
                          const std::stop_token& stop,
                          const FirstLookRules& rules) {
    keep_mutual(voted);
    std::vector<RankedGroup> ranked = rank_items(voted, false);
    if (ranked.empty() || ranked.front().votes < rules.film_votes) {
        return false;
    }
    if (ranked.front().votes >= rules.sure_film_votes) {
        return true;
    }
    ranked.resize(std::min(ranked.size(), rules.film_items));
    const std::set<std::int64_t> none;
    Placer placer(look.query, none, look.options);
    for (RankedGroup& one : ranked) {
        const Result<bool> shown = is_item_confirmed(look, std::move(one), placer, stop, rules);
        if (!shown || *shown) {
            return shown;
        }
    }
    return false;
}

}  // namespace

Result<bool> is_worth_asking(const FirstLookAt& look,
                             const std::stop_token& stop,
                             const FirstLookRules& rules) {
    if (look.options.effort == Effort::kThorough ||
        points_in(look.query, look.frames) < rules.fewest_points) {
        return true;
    }
    const int lists = look.channel.codes() < rules.few_codes ? LocalChannel::kLists : rules.lists;
    Result<std::vector<VotedPicture>> voted = vote_for_pictures(
        look.channel, look.query, look.frames, stop,
        {.is_first_look = true, .by_signature = true, .lists = lists, .fewest_pairs = 2});
    if (!voted) {
        return voted.error();
    }
    return look.query.media.kind == MediaKind::kImage
               ? shows_a_picture(look, *voted, stop, rules)
               : shows_a_film(look, std::move(*voted), stop, rules);
}

}  // namespace refrain::evidence
