#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "evidence/frames/frame_pairs.h"
#include "evidence/known_item.h"
#include "evidence/query.h"

namespace refrain::evidence {

/// reference time = `reference_begin` + `speed` x query time since `query_begin`, in seconds.
struct GuideLine {
    double query_begin = 0;
    double query_end = 0;
    double reference_begin = 0;
    double speed = 1;
    double weight = 0;

    [[nodiscard]] double at(double query_time) const {
        return reference_begin + speed * (query_time - query_begin);
    }
};

/// Lines along which a query runs beside an item, by the seeds' hits alone: by query time, and for
/// each time the one that the hits around it support; where several do as well, one that explains
/// much of the query. Each holds from its `query_begin` to its `query_end`.
///
/// @param hits  as of `pair_frames`
///
/// Cost: linear in the hits and the length of the query, for a film that repeats itself too.
/// Thread safety: pure function.
[[nodiscard]] std::vector<GuideLine> guide_lines(const Query& query,
                                                 const KnownItem& item,
                                                 QueryView view,
                                                 std::span<const SeedHit> hits);

}  // namespace refrain::evidence
