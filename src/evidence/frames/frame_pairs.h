#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "evidence/known_item.h"
#include "evidence/query.h"

namespace refrain::evidence {

/// A query frame beside a frame of a known item.
struct PairedFrame {
    std::uint32_t query = 0;  ///< index into Query::frames
    std::uint32_t known = 0;  ///< index into KnownItem::frames
    int distance = 0;         ///< within verdict::kMaxCompanionDistance

    friend bool operator==(const PairedFrame&, const PairedFrame&) = default;
};

/// A seed that looks like a frame of a known item.
struct SeedHit {
    std::uint32_t seed = 0;   ///< index into Query::seeds
    std::uint32_t frame = 0;  ///< index into KnownItem::frames
    std::int32_t distance = 0;
};

/// Bounds of the pairing of one item in one view.
struct PairBounds {
    std::size_t compared = std::size_t{1} << 30;  ///< pairs of codes
    std::size_t kept = std::size_t{1} << 22;      ///< pairs that are near, some 200 bytes each
};

struct PairedFrames {
    std::vector<PairedFrame> pairs;  ///< by query and known frame
    std::size_t compared = 0;
    bool is_cut_off = false;  ///< a bound left query frames out, the last ones
};

/// Pairs near frames of a query in one view and one item: all with all where these are few, else
/// those around the lines on which the seeds' hits lie.
///
/// @param item  one part of an item
/// @param hits  of the seeds in this view; by seed
///
/// Cost: query frames x known frames up to 4 million, from there on linear in the query's frames
/// and hits. Thread safety: pure function.
/// Source: docs/decisions/0058-pairing-long-films.md.
[[nodiscard]] PairedFrames pair_frames(const Query& query,
                                       const KnownItem& item,
                                       QueryView view,
                                       std::span<const SeedHit> hits,
                                       const PairBounds& bounds);

/// The plain twin: all with all.
[[nodiscard]] PairedFrames pair_all_frames(const Query& query,
                                           const KnownItem& item,
                                           QueryView view,
                                           const PairBounds& bounds);

/// The fast path of long media: around the lines alone.
[[nodiscard]] PairedFrames pair_frames_on_lines(const Query& query,
                                                const KnownItem& item,
                                                QueryView view,
                                                std::span<const SeedHit> hits,
                                                const PairBounds& bounds);

}  // namespace refrain::evidence
