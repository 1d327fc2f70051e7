#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "refrain/verdict.h"

#include "evidence/known_item.h"
#include "evidence/query.h"
#include "evidence/sighting.h"
#include "match/match_rules.h"

namespace refrain::match {

/// When in a known video a picture was taken: the stored frames around the best one that are as
/// near to it, or almost.
///
/// Places tell what scene it is, and roughly when; whole frames are stored far more densely, and
/// of two neighbours the one whose hash is nearer to the picture's is likelier, even where captions
/// or a crop put both far from it.
///
/// @param view    of the query, as of `Query::code`
/// @param placed  frames of the item that show in the picture, by picture
/// @return        none where `placed` or the item's frames are none
///
/// Cost: frames of the query x frames of the item. Thread safety: pure function.
/// Source: docs/decisions/0056-time-of-a-picture.md.
[[nodiscard]] std::optional<TimeSpan> picture_time(const evidence::Query& query,
                                                   const evidence::KnownItem& item,
                                                   evidence::QueryView view,
                                                   const std::vector<evidence::PlacedFrame>& placed,
                                                   const MatchRules& rules = kMatchRules);

}  // namespace refrain::match
