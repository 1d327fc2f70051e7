#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "align/time_segments.h"
#include "match/match_item.h"
#include "verdict/frame_score.h"
#include "verdict/local_score.h"

namespace refrain::match {

/// What some of the evidence for an item is worth.
struct ItemScore {
    double combined = 0;
    double by_frames = 0;                                ///< of whole frames by themselves
    double by_places = 0;                                ///< of places by themselves
    bool has_frames = false;                             ///< whole frames contributed
    const evidence::PlacedFrame* best_placed = nullptr;  ///< the surest place; null: local features
                                                         ///< did not contribute
    double by_chance = 0;  ///< as `combined`, if there were no look-alikes: not below it
};

/// What a score is made of: frames and places that count, each once.
struct Witnesses {
    std::vector<verdict::FrameEvidence> frames;
    std::vector<verdict::LocalWitness> places;           ///< those that agree with the surest one
    const evidence::PlacedFrame* best_placed = nullptr;  ///< the surest place, if there is any
    double copy_evidence = 0;  ///< the most of all places: a copy has to be one at its best place
    double shown = 0;          ///< of the known picture, at the place that shows most
    bool has_detail = false;   ///< both sides have points enough for a copy to be placed
    bool moves_otherwise = false;  ///< what moves in the known film does not move so in the query
};

/// The score of what several views of one item say together.
///
/// @param all  no query frame serves in two of them
[[nodiscard]] ItemScore score_together(std::span<const Witnesses> all,
                                       const LookUpContext& context);

/// Everything in the query that speaks for one known item: near whole frames in one view, and
/// places found by local features.
///
/// A place speaks for its frame and for those sampled after it until the picture had changed so
/// much that local features were extracted again.
class ItemEvidence {
  public:
    /// Borrows what the aspect borrows.
    explicit ItemEvidence(const Aspect& aspect);

    [[nodiscard]] const std::vector<align::TimeHit>& hits() const { return hits_; }
    /// What these hits are worth together. Hits of both kinds at the same frame and time count
    /// together, even if only one of them is used.
    /// @param used             indices into `hits`
    /// @param moves_otherwise  as of Witnesses
    [[nodiscard]] ItemScore score_of(std::span<const std::size_t> used, bool moves_otherwise) const;

    /// The same, to be counted beside those of other views: frames are told apart by what they look
    /// like in this view, so that a scene and its mirror image are one witness.
    [[nodiscard]] Witnesses witnesses_in_view(std::span<const std::size_t> used) const;

    /// `used`, and the hits of the other kind at the same frame and time.
    [[nodiscard]] std::set<std::size_t> with_company(std::span<const std::size_t> used) const;

    /// A pair of whole frames and what is known of it.
    struct UsedFrame {
        const evidence::Likeness* likeness = nullptr;
        const verdict::FrameEvidence* evidence = nullptr;
    };
    /// The pairs of whole frames among the hits, in their order.
    [[nodiscard]] std::vector<UsedFrame> frames_of(const std::set<std::size_t>& hits) const;
    /// The surest place of each query frame among the hits, the surest first.
    [[nodiscard]] std::vector<const evidence::PlacedFrame*> places_of(
        const std::set<std::size_t>& hits) const;

    [[nodiscard]] const LookUpContext& context() const { return context_; }
    [[nodiscard]] const evidence::KnownItem& item() const { return item_; }
    [[nodiscard]] evidence::QueryView view() const { return view_; }
    /// Where local features found the item; may be empty.
    [[nodiscard]] const std::vector<evidence::PlacedFrame>& local() const { return local_; }
    /// Whether a hit is of a place that local features found.
    [[nodiscard]] bool is_place(std::size_t hit) const { return hit >= frames_.size(); }

  private:
    void add_frames();
    void add_places();
    [[nodiscard]] Witnesses witnesses_of(std::span<const std::size_t> used) const;
    [[nodiscard]] std::map<const evidence::PlacedFrame*, double> own_worth_of(
        const std::set<std::size_t>& hits) const;
    /// PDQ code of the query at the time of one of its frames.
    [[nodiscard]] Hash256 hash_at(MediaTime time) const;
    /// And of the known item; of the frame before, where one has no detail.
    [[nodiscard]] Hash256 known_hash_at(MediaTime time) const;

    const LookUpContext& context_;
    const evidence::KnownItem& item_;
    evidence::QueryView view_;
    const std::vector<evidence::Likeness>& likenesses_;
    const std::vector<evidence::PlacedFrame>& local_;
    std::vector<align::TimeHit> hits_;            ///< of frames first, then of places
    std::vector<verdict::FrameEvidence> frames_;  ///< parallel to their hits and to `likenesses_`
    std::vector<std::uint32_t> places_;           ///< parallel to those of places: into `local_`
    std::multimap<std::uint32_t, std::size_t> by_query_frame_;  ///< hits
};

}  // namespace refrain::match
