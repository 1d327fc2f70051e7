#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "evidence/known_item.h"
#include "evidence/sighting.h"

namespace refrain::evidence {

/// What decides how a film is followed. Thread safety: a value.
struct FollowRules {
    double sure = 6.0;  ///< score of a place from which on its film is followed
    /// How far beyond a frame with a place the next one may lie.
    MediaTime reach = MediaTime::from_seconds(5);
    /// The film may be played that slowly or fast.
    double slowest = 0.5;
    double fastest = 2.0;
    std::size_t pictures = 4;  ///< of the known film that are tried in a frame, at most
    // How far a place may lie from that in the frame before.
    double same_turn = 12;         ///< degrees
    double same_log_scale = 0.35;  ///< of the natural logarithm
    double same_shift = 0.15;      ///< of the query's longer side
};

inline constexpr FollowRules kFollowRules{};

/// The known film looks like one of its pictures for this long.
using ShownFor = std::function<TimeSpan(std::uint32_t picture)>;
/// Places a picture in a frame of the query by all points of both.
using PlaceOne =
    std::function<std::optional<PlacedFrame>(std::uint32_t frame, std::uint32_t picture)>;

/// A film that is to be followed.
struct FollowedFilm {
    const Fingerprint& query;
    const KnownItem& item;
    ShownFor shown_for;
    PlaceOne place_one;
};

/// Places the film in frames around those where it is sure: votes see some of the frames alone, and
/// a frame between two others shows what the film shows between. Goes from each sure place forward
/// and back, tries in frames without a place the pictures that may follow, and keeps the best
/// that lies as the one in the frame before. A frame that has a place elsewhere, as the frames of
/// a still scene do, is also placed where the film would go on, if it shows that.
///
/// @param placed  what is known so far; what is found is added
/// Cost: `pictures` placements for each frame without a place and two for each other one, at most,
/// and only where a place is sure. Source: docs/decisions/0031-films-are-followed.md.
void follow_film(const FollowedFilm& film,
                 std::vector<PlacedFrame>& placed,
                 const FollowRules& rules = kFollowRules);

}  // namespace refrain::evidence
