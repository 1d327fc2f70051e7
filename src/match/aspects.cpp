#include "match/aspects.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace refrain::match {

namespace {

using evidence::LikenessesInView;

/// In one view of one part; null: none.
const std::vector<evidence::Likeness>* likenesses_in(const evidence::Sightings& sightings,
                                                     std::uint32_t part,
                                                     evidence::QueryView view) {
    const auto found = std::find_if(
        sightings.likenesses.begin(), sightings.likenesses.end(),
        [&](const LikenessesInView& one) { return one.part == part && one.view == view; });
    return found == sightings.likenesses.end() ? nullptr : found->seen;
}

}  // namespace

void add_aspects(const evidence::KnownItem& item,
                 const evidence::Sightings& sightings,
                 const LookUpContext& context,
                 std::vector<Aspect>& aspects) {
    const std::size_t first = aspects.size();
    const auto add = [&](std::uint32_t part, evidence::QueryView view, const auto* likenesses,
                         const std::vector<evidence::PlacedFrame>* places) {
        aspects.push_back({&context, part_of(item, part), view, likenesses, places});
    };
    for (const evidence::PlacesInView& place : sightings.places) {
        const evidence::QueryView plain =
            evidence::plain_view(place.is_mirrored, place.is_negative);
        add(place.part, plain, likenesses_in(sightings, place.part, plain), place.seen);
        for (const LikenessesInView& one : sightings.likenesses) {
            if (one.part == place.part && one.view != plain &&
                one.view.is_negative == place.is_negative &&
                one.view.is_mirrored() == place.is_mirrored) {
                add(one.part, one.view, one.seen, place.seen);
            }
        }
    }
    for (const LikenessesInView& one : sightings.likenesses) {
        const evidence::KnownItem* part = part_of(item, one.part);
        const bool is_there = std::any_of(
            aspects.begin() + static_cast<std::ptrdiff_t>(first), aspects.end(),
            [&](const Aspect& aspect) { return aspect.item == part && aspect.view == one.view; });
        if (!is_there) {
            add(one.part, one.view, one.seen, nullptr);
        }
    }
}

}  // namespace refrain::match
