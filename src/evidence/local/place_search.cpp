#include "evidence/local/place_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "evidence/local/placer.h"
#include "evidence/local/shared_places.h"
#include "local/frame_points.h"

namespace refrain::evidence {

namespace {

// Bounds of the work after the search, most votes first.
constexpr std::size_t kMaxItemsOfImage = 64;
constexpr std::size_t kMaxItemsOfVideo = 24;
constexpr std::size_t kMaxItemsRead = 256;

// How a picture that shows nothing known may show something after all; a stretched one is found as
// it is until about 1.5.
constexpr double kSqueeze = 1 / 1.75;
constexpr std::array<OtherLook, 3> kOtherLooks{
    {{true, 1, 1}, {false, kSqueeze, 1}, {false, 1, kSqueeze}}};
/// The pictures of each part, numbered as in the part.
std::map<std::uint32_t, std::vector<VotedPicture>> by_part(
    const KnownItem& item,
    const std::vector<const VotedPicture*>& voted) {
    std::map<std::uint32_t, std::vector<VotedPicture>> parts;
    for (const VotedPicture* picture : voted) {
        if (const auto place = picture_at(item, picture->picture)) {
            std::vector<VotedPicture>& pictures = parts[place->part];
            pictures.push_back(*picture);
            pictures.back().picture = place->index;
        }
    }
    return parts;
}

struct RankedPictures {
    const std::vector<const VotedPicture*>& voted;
    std::size_t rank = 0;  ///< of the item
};

/// Places the pictures of each part of an item.
std::map<std::uint32_t, std::vector<PlacedFrame>> place_parts(Placer& placer,
                                                              const KnownItem& item,
                                                              bool is_mirrored,
                                                              const RankedPictures& pictures) {
    std::map<std::uint32_t, std::vector<PlacedFrame>> placed;
    if (item.more_parts.empty()) {
        placed[0] = placer.place(item, is_mirrored, pictures.voted, pictures.rank);
        return placed;
    }
    for (const auto& [part, own] : by_part(item, pictures.voted)) {
        std::vector<const VotedPicture*> voted;
        voted.reserve(own.size());
        for (const VotedPicture& picture : own) {
            voted.push_back(&picture);
        }
        placed[part] = placer.place(*part_of(item, part), is_mirrored, voted, pictures.rank);
    }
    return placed;
}

/// Takes a place from the squeezed frame to the frame itself.
void stretch_back(const OtherLook& look, PlacedFrame& frame) {
    align::PicturePlacement& placement = frame.placement;
    for (std::size_t i = 0; i < 3; ++i) {
        placement.known_to_query.at(i) /= look.across;
        placement.known_to_query.at(3 + i) /= look.down;
    }
    for (align::PlanePoint& corner : placement.quad) {
        corner = {corner.x / look.across, corner.y / look.down};
    }
    placement.box.left /= look.across;
    placement.box.right /= look.across;
    placement.box.top /= look.down;
    placement.box.bottom /= look.down;
    placement.scale /= std::sqrt(look.across * look.down);
    placement.is_stretched = look.across != look.down;
    frame.query_size.width = static_cast<int>(std::lround(frame.query_size.width / look.across));
    frame.query_size.height = static_cast<int>(std::lround(frame.query_size.height / look.down));
}

double best_score(const std::vector<PlacedFrame>& frames) {
    double best = 0;
    for (const PlacedFrame& frame : frames) {
        best = std::max(best, frame.score);
    }
    return best;
}

/// A part may be seen in several looks of one query.
void keep_better(const PlacedGroup& group,
                 std::vector<PlacedFrame> placed,
                 std::map<PlacedGroup, std::vector<PlacedFrame>>& groups) {
    std::vector<PlacedFrame>& kept = groups[group];
    const auto worth = [](const std::vector<PlacedFrame>& one) {
        return std::pair(best_score(one), one.size());
    };
    if (kept.empty() || worth(placed) > worth(kept)) {
        kept = std::move(placed);
    }
}

std::vector<std::uint32_t> chosen_frames(const Fingerprint& query, Depth depth) {
    std::vector<std::uint32_t> all(query.local.size());
    std::iota(all.begin(), all.end(), 0);
    return depth == Depth::kAll ? all : some_of(all, PlaceSearch::kSampledFrames);
}

}  // namespace

Result<void> PlaceSearch::run(const std::set<std::int64_t>& seen, const std::stop_token& stop) {
    const std::size_t known_pictures = channel_.pictures();
    if (query_.local.empty() || known_pictures == 0) {
        return {};
    }
    const std::vector<std::uint32_t> frames = chosen_frames(query_, depth_);
    comparisons_ = 2.0 * static_cast<double>(frames.size()) * static_cast<double>(known_pictures);
    // A place in what whole frames found tells look-alikes: it is not to be missed.
    Result<bool> asks = true;
    if (seen.empty()) {
        asks =
            is_worth_asking({channel_, items_, query_, frames, options_}, stop, rules_.first_look);
    }
    if (!asks) {
        return asks.error();
    }
    if (*asks) {
        read_late_points(stop);
        if (Result<void> placed = vote_and_place(frames, seen, stop); !placed) {
            return placed;
        }
    }
    if (Result<void> looked = look_otherwise(seen, stop); !looked) {
        return looked;
    }
    return share_places(groups_, items_);
}

void PlaceSearch::read_late_points(const std::stop_token& stop) {
    if (!with_late_ && std::ranges::any_of(query_.local, local::has_late_points)) {
        with_late_ = query_;
        local::read_late_points(with_late_->local, stop);
    }
}

/// Asks about all points of these frames.
Result<void> PlaceSearch::vote_and_place(std::span<const std::uint32_t> frames,
                                         const std::set<std::int64_t>& seen,
                                         const std::stop_token& stop) {
    Result<std::vector<VotedPicture>> voted =
        vote_for_pictures(channel_, whole_query(), frames, stop);
    return voted ? place(whole_query(), {}, std::move(*voted), seen, stop)
                 : Result<void>(voted.error());
}

/// Frames in which nothing known was placed, and that can be looked at otherwise.
std::vector<std::uint32_t> PlaceSearch::unexplained_frames() const {
    std::set<std::uint32_t> explained;
    for (const auto& [group, placed] : groups_) {
        for (const PlacedFrame& frame : placed) {
            if (shows_item(frame)) {
                explained.insert(frame.query);
            }
        }
    }
    std::vector<std::uint32_t> frames;
    for (std::uint32_t i = 0; i < whole_query().local.size(); ++i) {
        const LocalFrame& frame = whole_query().local[i];
        if (!explained.contains(i) && !frame.luma.empty() && !frame.points.empty()) {
            frames.push_back(i);
        }
    }
    return frames;
}

/// Looks otherwise at frames in which nothing known was seen.
Result<void> PlaceSearch::look_otherwise(const std::set<std::int64_t>& seen,
                                         const std::stop_token& stop) {
    const std::vector<std::uint32_t> open = unexplained_frames();
    if (open.empty() || options_.effort == Effort::kFast) {
        return {};
    }
    std::vector<OtherLook> looks(kOtherLooks.begin(), kOtherLooks.end());
    if (options_.effort != Effort::kThorough) {
        Result<std::vector<OtherLook>> promising =
            promising_looks(channel_, whole_query(), looks, open, stop, rules_.looks);
        if (!promising) {
            return promising.error();
        }
        looks = std::move(*promising);
    }
    if (!looks.empty()) {
        read_late_points(stop);
    }
    for (const OtherLook& look : looks) {
        const std::vector<std::uint32_t> left = unexplained_frames();
        CloseLook close{look, some_of(left, rules_.looks.looked_frames), {}};
        if (Result<void> looked = look_closely(close, seen, stop); !looked) {
            return looked;
        }
        close.only = shown_in(close.frames);
        close.frames = some_of(left, kSampledFrames);
        if (!close.only.empty() && close.frames.size() > rules_.looks.looked_frames) {
            if (Result<void> looked = look_closely(close, seen, stop); !looked) {
                return looked;
            }
        }
    }
    return {};
}

/// The items that some frames show.
std::set<std::int64_t> PlaceSearch::shown_in(const std::vector<std::uint32_t>& frames) const {
    std::set<std::int64_t> items;
    for (const auto& [group, placed] : groups_) {
        for (const PlacedFrame& frame : placed) {
            if (shows_item(frame) && std::ranges::binary_search(frames, frame.query)) {
                items.insert(group.key);
            }
        }
    }
    return items;
}

/// By all points, at some frames in which nothing known was seen.
Result<void> PlaceSearch::look_closely(const CloseLook& close,
                                       const std::set<std::int64_t>& seen,
                                       const std::stop_token& stop) {
    Fingerprint other =
        seen_otherwise(whole_query(), close.look, close.frames, 1, LocalFrame::kMaxPoints);
    for (const std::uint32_t f : close.frames) {
        // Cells say the same of a picture and its negative, and are found at any proportion.
        other.local[f].luma_width = whole_query().local[f].luma_width;
        other.local[f].luma_height = whole_query().local[f].luma_height;
        other.local[f].luma = whole_query().local[f].luma;
    }
    Result<std::vector<VotedPicture>> voted =
        vote_for_pictures(channel_, other, close.frames, stop);
    if (!voted) {
        return voted.error();
    }
    if (close.only.empty()) {
        comparisons_ += 2.0 * static_cast<double>(close.frames.size()) *
                        static_cast<double>(channel_.pictures());
    } else {
        // Items that are sure have no further chance.
        std::erase_if(*voted, [&close](const VotedPicture& picture) {
            return !close.only.contains(picture.key);
        });
    }
    return place(other, close.look, std::move(*voted), seen, stop);
}

/// Places the pictures of the items with most votes.
Result<void> PlaceSearch::place(const Fingerprint& query,
                                const OtherLook& look,
                                std::vector<VotedPicture> voted,
                                const std::set<std::int64_t>& seen,
                                const std::stop_token& stop) {
    keep_mutual(voted);
    const bool is_other = &query != &whole_query();
    const bool is_image = query.media.kind == MediaKind::kImage;
    std::size_t items_left = is_image ? kMaxItemsOfImage : kMaxItemsOfVideo;
    std::size_t reads_left = kMaxItemsRead;
    std::size_t rank_of_item = 0;
    Placer placer(query, seen, options_);
    for (const RankedGroup& ranked : rank_items(voted, look.is_negative)) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while searching"};
        }
        if (items_left == 0 || reads_left-- == 0) {
            break;
        }
        if (is_other && seen.contains(ranked.group.key)) {
            continue;  // it is seen as it lies, and a place of it as it is tells of look-alikes
        }
        const Result<KnownItemPtr> item = items_.find(ranked.group.key);
        if (!item) {
            return item.error();
        }
        if (*item == nullptr || !is_wanted(**item, options_.banks)) {
            continue;
        }
        --items_left;
        for (auto& [part, placed] : place_parts(placer, **item, ranked.group.is_mirrored,
                                                {ranked.pictures, rank_of_item})) {
            if (is_other && (is_image || std::ranges::none_of(placed, shows_item))) {
                // A weak place would only lend its weight to whole frames that look alike. Beside
                // a sure one of a film it says how long that is shown.
                std::erase_if(placed, [](const PlacedFrame& frame) { return !shows_item(frame); });
            }
            for (PlacedFrame& frame : placed) {
                stretch_back(look, frame);
            }
            if (!placed.empty()) {
                keep_better({ranked.group.key, ranked.group.is_mirrored, look.is_negative, part},
                            std::move(placed), groups_);
            }
        }
        ++rank_of_item;
    }
    return {};
}

std::vector<FoundItem> PlaceSearch::found() const {
    std::vector<FoundItem> items;
    for (const auto& [group, placed] : groups_) {
        if (items.empty() || items.back().key != group.key) {
            items.push_back({group.key, 0});
        }
    }
    return items;
}

void PlaceSearch::add_sightings(const KnownItem& item, WorkLeft& /*work*/, Sightings& sightings) {
    for (auto group = groups_.lower_bound(PlacedGroup{item.key, false, false, 0});
         group != groups_.end() && group->first.key == item.key; ++group) {
        if (part_of(item, group->first.part) == nullptr) {
            continue;  // of an item that was replaced meanwhile
        }
        sightings.places.push_back({group->first.part, group->first.is_mirrored,
                                    group->first.is_negative, &group->second});
    }
}

}  // namespace refrain::evidence
