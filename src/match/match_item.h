#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "refrain/verdict.h"

#include "evidence/known_item.h"
#include "evidence/query.h"
#include "evidence/sighting.h"
#include "match/match_rules.h"

namespace refrain::match {

/// What the matches of one part of a query have in common.
struct LookUpContext {
    const evidence::Query& query;  ///< the part
    double comparisons = 1;        ///< Trials::codes of all parts, >= 1
    double local_comparisons = 1;  ///< Trials::pictures of all parts, >= 1
    bool wants_explanation = false;
    bool names_parts = false;  ///< the query has several
    const MatchRules& rules = kMatchRules;
};

/// One way to look at a known item. Borrows all of it.
struct Aspect {
    const LookUpContext* context = nullptr;
    const evidence::KnownItem* item = nullptr;  ///< one part of it
    evidence::QueryView view;                   ///< of the query
    /// Frames of the query that look like frames of the item in this view; null: none.
    const std::vector<evidence::Likeness>* likenesses = nullptr;
    /// Frames that show the item by local features, in the mirrored query if the view is a
    /// mirrored one; null: none.
    const std::vector<evidence::PlacedFrame>* local = nullptr;
};

/// What of the query a match explains.
struct Explained {
    std::uint32_t part = 0;  ///< PartInfo::index of the query's part
    bool is_whole = false;   ///< all of a picture; else `time` of a film
    TimeSpan time;
    double score = 0;  ///< of this by itself
};

struct ItemMatch {
    Match match;
    std::vector<Explained> explained;
};

/// Aligns and scores one known item through several views of the query and pairs of their parts.
///
/// The aspect with the best score counts first; of the others, what lies in parts and times of the
/// query that no better one explains. Each segment has its own transform and its own parts where
/// they differ from the match's.
///
/// @param aspects  at least one, all of one item
///
/// Cost: O(n log n) in the pairs and places of each aspect. Thread safety: pure function.
/// Source: docs/decisions/0057-several-views-of-an-item.md.
[[nodiscard]] ItemMatch match_item(std::span<const Aspect> aspects);

}  // namespace refrain::match
