#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "refrain/verdict.h"

#include "align/time_segments.h"
#include "match/item_evidence.h"
#include "match/match_item.h"

namespace refrain::match {

/// A stretch of the query that shows the item, with its score.
struct SightedRun {
    align::TimeSegment run;  ///< its hits are indices into the evidence's
    double score = 0;        ///< of the run by itself
    const evidence::PlacedFrame* best_placed = nullptr;  ///< as of ItemScore
};

/// What one aspect of an item shows: its evidence, and the stretches of the query that it explains.
///
/// Borrows what the aspect borrows. Thread safety: one thread at a time.
class AlignedView {
  public:
    /// Aligns all evidence.
    explicit AlignedView(const Aspect& aspect);

    /// Looks again, without the query frames that something else explains.
    ///
    /// @param taken  query times
    /// @return       whether anything is left that is worth a segment; if not, `runs` is empty
    bool look_beside(const std::vector<TimeSpan>& taken);

    /// Gives up what lies within the spans; runs around them are cut in two.
    void leave(const std::vector<TimeSpan>& spans);

    /// Query times that the runs explain: without holes in which nothing was seen for a second.
    [[nodiscard]] std::vector<TimeSpan> explained() const;

    [[nodiscard]] const std::vector<SightedRun>& runs() const { return runs_; }
    /// Of all runs together.
    [[nodiscard]] const ItemScore& score() const { return score_; }
    /// Whether what moves in the known film does not move so here.
    [[nodiscard]] bool moves_otherwise() const { return moves_otherwise_; }
    /// The hits of all runs.
    [[nodiscard]] const std::vector<std::size_t>& used() const { return used_; }
    [[nodiscard]] const ItemEvidence& evidence() const { return evidence_; }
    [[nodiscard]] const LookUpContext& context() const { return evidence_.context(); }
    [[nodiscard]] const evidence::KnownItem& item() const { return evidence_.item(); }
    [[nodiscard]] evidence::QueryView view() const { return evidence_.view(); }
    /// Where local features found the item; may be empty.
    [[nodiscard]] const std::vector<evidence::PlacedFrame>& local() const {
        return evidence_.local();
    }

  private:
    [[nodiscard]] std::vector<align::TimeSegment> aligned(
        std::span<const align::TimeHit> hits) const;
    [[nodiscard]] double most_score(std::span<const std::size_t> hits) const;
    void keep(std::vector<align::TimeSegment> runs);
    [[nodiscard]] bool moves_otherwise_in(const std::vector<const align::TimeSegment*>& runs) const;

    ItemEvidence evidence_;
    std::vector<SightedRun> runs_;
    std::vector<std::size_t> used_;
    ItemScore score_;
    bool moves_otherwise_ = false;
};

}  // namespace refrain::match
