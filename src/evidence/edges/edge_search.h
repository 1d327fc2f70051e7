#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "refrain/corpus.h"

#include "evidence/channel.h"
#include "evidence/code_index.h"
#include "evidence/item_source.h"
#include "evidence/query.h"

namespace refrain::evidence {

/// The edge code of the mirrored picture, but for a few bits: every second frequency across changes
/// its sign, and the median, with which all are compared, is near 0. Thread safety: pure function.
[[nodiscard]] Hash256 mirrored_code(const Hash256& code);

/// Looks for known pictures with the edges of the query, or with the edges that the query is a
/// drawing of, light on dark or dark on light; upright and mirrored.
///
/// What others have seen of an item is a better judge of it, so that those items are left out, and
/// so are pictures whose whole frames still resemble the query's: they were not redrawn, and what
/// they share is a template.
///
/// Cost: a comparison of each of at most ten codes with every known one. Source:
/// docs/decisions/0078-edge-codes.md.
class EdgeSearch final : public ChannelSearch {
  public:
    /// All of it outlives this.
    EdgeSearch(const CodeIndex& index,
               ItemSource& items,
               const Query& query,
               const FindOptions& options)
        : index_(index), items_(items), query_(query), options_(options) {}

    [[nodiscard]] Result<void> run(const std::set<std::int64_t>& seen,
                                   const std::stop_token& stop) override;
    [[nodiscard]] std::vector<FoundItem> found() const override;
    void count_trials(Trials& trials) const override { trials.codes += comparisons_; }
    void add_sightings(const KnownItem& item, WorkLeft& work, Sightings& sightings) override;

  private:
    /// A code that known edges are compared with.
    struct EdgeSeed {
        Hash256 code;
        bool is_mirrored = false;
    };
    /// Of one picture of an item: the nearest code.
    struct NearPicture {
        int distance = Hash256::kBits;
        bool is_mirrored = false;
    };
    /// A part of an item in one mirroring of the query.
    struct SightedPicture {
        std::int64_t key = 0;
        std::uint32_t part = 0;
        bool is_mirrored = false;

        // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the defaulted comparison.
        friend auto operator<=>(const SightedPicture&, const SightedPicture&) = default;
    };
    /// By number in the item, as of `picture_at`.
    using NearPictures = std::map<std::uint32_t, NearPicture>;

    [[nodiscard]] std::vector<EdgeSeed> seeds() const;
    [[nodiscard]] bool is_redrawn(const KnownItem& part, QueryView view) const;

    const CodeIndex& index_;
    ItemSource& items_;
    const Query& query_;
    const FindOptions& options_;
    double comparisons_ = 0;
    int sharing_ = 1;  ///< media whose edges look like the query's
    std::map<std::int64_t, NearPictures> near_;
    std::map<SightedPicture, std::vector<Likeness>> likenesses_;  ///< what add_sightings gave away
};

}  // namespace refrain::evidence
