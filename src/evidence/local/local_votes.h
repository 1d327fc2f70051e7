#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/fingerprint.h"

#include "align/picture_match.h"
#include "evidence/local/local_channel.h"

namespace refrain::evidence {

/// A known picture that near codes of a query frame speak for.
struct VotedPicture {
    std::uint32_t query_frame = 0;  ///< index into Fingerprint::local
    bool is_mirrored = false;       ///< the query frame was mirrored
    std::int64_t key = 0;           ///< of the item
    std::uint32_t picture = 0;      ///< as of `picture_at`
    double votes = 0;
    std::vector<align::PointPair> pairs;  ///< the hits
};

/// How the points of a query ask, and what is kept of the answers.
struct VoteOptions {
    bool is_first_look = false;  ///< only the points that `first_points` gives ask
    bool by_signature = false;   ///< by LocalChannel::likely_near_points
    int lists = LocalChannel::kLists;
    std::size_t fewest_pairs = 4;  ///< of a picture that is kept; with fewer it cannot be placed
};

/// Searches all points of the query, as they are and mirrored, and gives for each frame the
/// pictures with the most votes: a vote is worth more the rarer its distance and the fewer
/// pictures are nearer to that point.
///
/// @param frames  of the query, as indices into Fingerprint::local, rising
/// @error kCancelled, kInternal
[[nodiscard]] Result<std::vector<VotedPicture>> vote_for_pictures(
    const LocalChannel& channel,
    const Fingerprint& query,
    std::span<const std::uint32_t> frames,
    const std::stop_token& stop,
    const VoteOptions& options = {});

/// The points of a frame that ask first, as indices, rising: some third of each cell of a grid, the
/// most telling ones and some of the others, so that no part of the picture is without.
/// Source: docs/decisions/0059-first-look.md.
[[nodiscard]] std::vector<std::uint32_t> first_points(const LocalFrame& frame);

/// Where the points of a frame lie; in the mirrored frame if so asked.
[[nodiscard]] std::vector<align::PointPlace> places_of(const LocalFrame& frame, bool is_mirrored);

/// The pairs of a point of the query and one of the known picture whose codes are near, and of
/// which each is the nearest to the other. Cost: points of the one x points of the other.
[[nodiscard]] std::vector<align::PointPair> mutual_pairs(const LocalFrame& query,
                                                         const LocalFrame& known,
                                                         bool is_mirrored);

/// Of some pairs those that are the nearest of both their points; several if they are as near.
[[nodiscard]] std::vector<align::PointPair> mutual_among(
    const std::vector<align::PointPair>& pairs);

}  // namespace refrain::evidence
