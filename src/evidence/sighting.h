#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "refrain/media_time.h"
#include "refrain/verdict.h"

#include "align/picture_match.h"
#include "evidence/query_view.h"
#include "verdict/copy_evidence.h"

namespace refrain::evidence {

/// A frame of the query that looks like a frame of a known item as a whole.
struct Likeness {
    std::uint32_t query = 0;   ///< index into Query::frames
    TimeSpan known;            ///< how long the known frame is shown
    int distance = 0;          ///< Hamming, 0..256
    int quality = 0;           ///< PDQ quality, the lower of both frames', 0..100
    int sharing_items = 1;     ///< known items that the query frame looks like, >= 1
    bool is_by_edges = false;  ///< their edges look alike, and nothing else was seen of the item
    int unrelated_items = 1;   ///< of the items that share it those with nothing else in common
};

/// Where a picture and a frame agree: a point of the picture, and the cell of the frame that shows
/// it.
struct AgreedPoint {
    static constexpr std::size_t kCells = 96;  ///< of a frame, across and down

    std::uint16_t cell = 0;   ///< of the query frame as it is, row by row
    std::uint16_t known = 0;  ///< index into LocalFrame::points of the picture
};

/// Whether a place shows a copy or a look-alike.
struct PlaceJudgement {
    double evidence = 0;              ///< verdict::copy_evidence
    double agreement = 0;             ///< agreement_of
    verdict::PlaceMeasures measures;  ///< what both are made of
};

/// A frame of the query in which a picture of a known item was found, in whole or in part.
struct PlacedFrame {
    std::uint32_t query = 0;    ///< index into Fingerprint::local of the query
    std::uint32_t picture = 0;  ///< index into KnownItem::local of the part
    double score = 0;  ///< align::placement_score, less where several items share the frame
    /// How much the frame looks like the picture rather than like one shortly before or after:
    /// share of its points found again, less for each bit between their codes; -13..1.
    double nearness = 0;
    double found_again = 0;             ///< share of the picture's points that were found, 0..1
    align::PicturePlacement placement;  ///< in the mirrored frame where the place is mirrored
    std::vector<PointMatch> points;     ///< only where FindOptions::wants_explanation
    std::vector<AgreedPoint> agreed;    ///< the inliers
    int unrelated_items = 1;            ///< that agree in one point, where most do
    /// What is left of it where many unrelated items agree in the same points: 1 where few do, 0
    /// where all of them are shared.
    double own_worth = 1;
    PlaceJudgement judgement;
    TimeSpan query_time;            ///< until the next frame with local features
    align::PictureSize query_size;  ///< of the frame's working picture, pixels
    MediaTime known_time;           ///< of the picture
    TimeSpan known;                 ///< how long the known video looks like it
};

/// Likenesses in one view of the query, of one part of an item.
struct LikenessesInView {
    std::uint32_t part = 0;                       ///< of the item, as of `part_of`
    QueryView view;                               ///< of the query
    const std::vector<Likeness>* seen = nullptr;  ///< by query frame and known time
};

/// Places of one part of an item in the query, or in the mirrored query, or the negative of either.
/// A place has a pose of its own, and so speaks for every view with the same mirroring and signs.
struct PlacesInView {
    std::uint32_t part = 0;
    bool is_mirrored = false;
    bool is_negative = false;
    const std::vector<PlacedFrame>* seen = nullptr;  ///< by query frame and picture
};

/// All that speaks for one item in one part of a query. Borrows from the searches that found it.
struct Sightings {
    std::vector<LikenessesInView> likenesses;  ///< the views with most votes first
    std::vector<PlacesInView> places;          ///< by mirroring and part
};

/// How often a look-up could have met something alike by chance. A score pays for it.
struct Trials {
    double codes = 0;     ///< pairs of codes of whole frames, all views included
    double pictures = 0;  ///< pairs of pictures, both mirrorings
    double listed = 0;    ///< pairs of codes of whole frames with codes of hash lists, upright
    double listed_in_views = 0;  ///< the same, in all other views
};

/// What one look-up may still do, for all parts of its query together.
struct WorkLeft {
    std::size_t pairs = std::size_t{1} << 30;  ///< of codes, compared around what seeds found
    std::size_t items = 256;                   ///< that are matched
    std::string cut_off;                       ///< what was left out, in one line; empty: nothing
};

}  // namespace refrain::evidence
