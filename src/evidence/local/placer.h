#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "refrain/corpus.h"

#include "align/picture_match.h"
#include "evidence/known_item.h"
#include "evidence/local/local_votes.h"
#include "evidence/sighting.h"

namespace refrain::evidence {

/// A place whose frame has a score below this is left out, unless it tells a look-alike.
inline constexpr double kLeastPlaceScore = 0.5;

/// Lays known pictures over the frames of one query. Borrows all that it is given.
///
/// Thread safety: one thread at a time.
class Placer {
  public:
    /// @param seen_whole  items that whole frames speak for: each is placed with all its points,
    /// and
    ///                    a weak place is kept, since it tells a look-alike
    Placer(const Fingerprint& query,
           const std::set<std::int64_t>& seen_whole,
           const FindOptions& options);

    /// The frames in which pictures of an item's part lie, by frame and picture.
    ///
    /// @param voted  pictures of the part, each with its mutual hits
    /// @param rank   of the item by votes; the first ones are looked at more closely
    [[nodiscard]] std::vector<PlacedFrame> place(const KnownItem& item,
                                                 bool is_mirrored,
                                                 const std::vector<const VotedPicture*>& voted,
                                                 std::size_t rank);

  private:
    struct FramePlaces {
        std::uint32_t frame = 0;
        std::vector<align::PointPlace> places;
    };
    /// The best placement of one picture, and the pairs that its inliers point into.
    struct Placed {
        align::PicturePlacement placement;
        std::vector<align::PointPair> pairs;
    };

    void add_neighbours(const KnownItem& item, bool is_mirrored, std::vector<PlacedFrame>& placed);
    void follow(const KnownItem& item, bool is_mirrored, std::vector<PlacedFrame>& placed);
    std::optional<PlacedFrame> place_one(const KnownItem& item,
                                         bool is_mirrored,
                                         const VotedPicture& picture,
                                         bool is_likely);
    std::optional<Placed> best_placement(const KnownItem& item,
                                         bool is_mirrored,
                                         const VotedPicture& picture,
                                         bool is_likely,
                                         const std::vector<align::PointPlace>& known_places);
    const std::vector<align::PointPlace>& query_places_of(std::uint32_t frame, bool is_mirrored);
    [[nodiscard]] bool are_pictures(const KnownItem& item) const;
    [[nodiscard]] bool is_seen_whole(const KnownItem& item) const;

    const Fingerprint& query_;
    const std::set<std::int64_t>& seen_whole_;
    std::optional<FramePlaces> last_upright_;
    std::optional<FramePlaces> last_mirrored_;
    bool is_thorough_;
    bool keeps_points_;
    align::PlaceOptions options_;
    std::size_t direct_pairs_ = 0;
};

}  // namespace refrain::evidence
