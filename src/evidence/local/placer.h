#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "refrain/corpus.h"

#include "align/picture_match.h"
#include "evidence/known_set.h"
#include "verdict/copy_evidence.h"

namespace refrain::evidence {

/// What a place says of copy or look-alike.
struct PlaceJudgement {
    double evidence = 0;              ///< verdict::copy_evidence
    double agreement = 0;             ///< agreement_of
    verdict::PlaceMeasures measures;  ///< what both are made of
};

/// A query frame in which a picture of a known item was found.
struct PlacedFrame {
    std::uint32_t query = 0;    ///< index into Fingerprint::local of the query
    std::uint32_t picture = 0;  ///< index into KnownItem::local of the part
    double score = 0;  ///< align::placement_score, less where several items share the frame
    /// How much the frame looks like the picture rather than like one shortly before or after:
    /// share of its points found again, less for each bit between their codes; -13..1.
    double nearness = 0;
    align::PicturePlacement placement;      ///< in the mirrored frame where the group is mirrored
    std::vector<align::PointPair> inliers;  ///< only where FindOptions::wants_explanation
    PlaceJudgement judgement;               ///< whether it is a copy or a look-alike
};

/// A part of a known item, seen in the query as it is or in the mirrored query.
struct LocalGroup {
    std::int64_t key = 0;
    bool is_mirrored = false;
    std::uint32_t part = 0;  ///< of the item, as of `part_of`

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the defaulted comparison.
    friend auto operator<=>(const LocalGroup&, const LocalGroup&) = default;
};

/// What local features found out: for each item the frames that show it, by query and known frame.
struct LocalFindings {
    std::map<LocalGroup, std::vector<PlacedFrame>> groups;
    double comparisons = 1;  ///< pairs of pictures that were compared, both mirrorings
};

/// Which local frames of a query are looked up.
enum class LocalShare {
    kAll,
    kSample,  ///< kSampledFrames of them, evenly spread
};

inline constexpr std::size_t kSampledFrames = 128;

/// Looks the local features of a query up: near codes vote for known pictures, and the pictures
/// with the most votes are placed in the query frame by one map each.
///
/// @param seen_whole  items that whole frames speak for: each is placed with all its points, and a
///                    weak place is returned, since it tells a look-alike
/// @error kInternal, and those of KnownSet::find
///
/// Cost: a search of twice the points of the query; then for each frame at most some dozens of
/// pictures are placed. Thread safety: safe beside other const uses of `known`.
/// Source: docs/decisions/0054-local-matching.md.
[[nodiscard]] Result<LocalFindings> search_local(const KnownSet& known,
                                                 const Fingerprint& query,
                                                 const std::set<std::int64_t>& seen_whole,
                                                 const FindOptions& options,
                                                 LocalShare share = LocalShare::kAll);

}  // namespace refrain::evidence
