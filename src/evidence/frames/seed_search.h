#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "refrain/corpus.h"

#include "evidence/channel.h"
#include "evidence/code_index.h"
#include "evidence/frames/frame_pairs.h"
#include "evidence/item_source.h"
#include "evidence/query.h"

namespace refrain::evidence {

/// Frames of one item kept of each seed: a film may repeat itself.
inline constexpr std::size_t kMaxHitsOfSeed = 128;

/// A known item that some seeds of one view found.
struct Candidate {
    std::int64_t key = 0;
    QueryView view;
    double votes = 0;  ///< sum of the weights of its seeds, one hit a seed
    /// By seed and frame; of a seed that has more than kMaxHitsOfSeed the nearest. `frame` is as of
    /// FrameHit.
    std::vector<SeedHit> hits;
};

/// Lets the seeds of a query find items, and pairs all frames of both sides.
class SeedSearch final : public ChannelSearch {
  public:
    /// All of it outlives this.
    SeedSearch(const CodeIndex& index,
               ItemSource& items,
               const Query& query,
               const FindOptions& options)
        : index_(index), items_(items), query_(query), options_(options) {}

    [[nodiscard]] Result<void> run(const std::set<std::int64_t>& seen,
                                   const std::stop_token& stop) override;
    [[nodiscard]] std::vector<FoundItem> found() const override;
    void count_trials(Trials& trials) const override;
    /// Of the views that seeds found, and of the plain one where places show a part of the item.
    void add_sightings(const KnownItem& item, WorkLeft& work, Sightings& sightings) override;

  private:
    /// A view of the query beside a part of an item.
    struct ViewOfPart {
        std::int64_t key = 0;
        std::uint32_t part = 0;
        QueryView view;

        // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the defaulted comparison.
        friend auto operator<=>(const ViewOfPart&, const ViewOfPart&) = default;
    };

    /// Known media that a frame looks like.
    struct SharedBy {
        int media = 0;
        int unrelated = 0;  ///< of those about as near as the nearest one such with nothing else in
                            ///< common
    };
    using NearestOf = std::map<std::int64_t, int>;  ///< by item the distance of its nearest frame

    [[nodiscard]] Result<void> count_sharing(const std::map<std::uint32_t, NearestOf>& looks_like);
    [[nodiscard]] Result<void> group(std::span<const FrameHit> hits,
                                     const std::set<std::int64_t>& wanted);
    void sort_hits(const KnownItem& item);
    const std::vector<Likeness>& likenesses(const KnownItem& item,
                                            const ViewOfPart& place,
                                            WorkLeft& work);

    const CodeIndex& index_;
    ItemSource& items_;
    const Query& query_;
    const FindOptions& options_;
    double comparisons_ = 0;             ///< pairs of codes
    std::vector<Candidate> candidates_;  ///< most votes first, ties by key and view
    std::vector<SharedBy> sharing_;      ///< for each query frame
    std::map<std::int64_t, std::vector<const Candidate*>> by_item_;
    /// By item: what its hits became, in the order of their votes.
    std::map<std::int64_t, std::vector<ViewOfPart>> sorted_;
    std::map<ViewOfPart, std::vector<SeedHit>> hits_;
    std::map<ViewOfPart, std::vector<Likeness>> likenesses_;
};

}  // namespace refrain::evidence
