#pragma once

#include <cstdint>
#include <vector>

#include "refrain/corpus.h"

#include "evidence/frames/frame_pairs.h"
#include "evidence/known_set.h"
#include "evidence/query.h"

namespace refrain::evidence {

/// Frames of one item kept of each seed: a film may repeat itself.
inline constexpr std::size_t kMaxHitsOfSeed = 128;

/// A known item that some seeds of one view found.
struct Candidate {
    std::int64_t key = 0;
    std::uint32_t view = 0;
    double votes = 0;  ///< sum of the weights of its seeds, one hit a seed
    /// By seed and frame; of a seed that has more than kMaxHitsOfSeed the nearest. `frame` is as of
    /// FrameHit.
    std::vector<SeedHit> hits;
};

/// What the seeds found out.
struct SeedFindings {
    std::vector<Candidate> candidates;   ///< most votes first, ties by key and view
    std::vector<std::uint32_t> sharing;  ///< for each query frame: known items that it looks like
};

/// Groups the hits of the seeds by known item and view; items outside `options.banks` are left out.
/// Items are read only where banks are asked for. @error as of ItemSource
[[nodiscard]] Result<SeedFindings> group_hits(const KnownSet& known,
                                              const Query& query,
                                              const std::vector<FrameHit>& hits,
                                              const FindOptions& options);

}  // namespace refrain::evidence
