#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "refrain/corpus.h"

#include "evidence/channel.h"
#include "evidence/item_source.h"
#include "evidence/local/first_look.h"
#include "evidence/local/local_channel.h"
#include "evidence/local/local_votes.h"
#include "evidence/local/look_probe.h"
#include "evidence/local/other_look.h"
#include "evidence/local/vote_ranking.h"
#include "evidence/query.h"

namespace refrain::evidence {

/// What decides how a query is looked at. Thread safety: a value.
struct PlaceSearchRules {
    FirstLookRules first_look;
    LookRules looks;
};

inline constexpr PlaceSearchRules kPlaceSearchRules{};

/// Looks the local features of a query up: near codes vote for known pictures, and the pictures
/// with the most votes are placed in the query frame by one map each.
///
/// Cost: for a query that shows nothing known a quarter of a search of twice its points
/// (first_look.h) and a few points in other looks (look_probe.h), else all of it; then for each
/// frame at most some dozens of pictures are placed.
/// Source: docs/decisions/0054-local-matching.md.
class PlaceSearch final : public ChannelSearch {
  public:
    /// Local frames of the query that a sample consists of.
    static constexpr std::size_t kSampledFrames = 128;

    /// All of it outlives this.
    /// @param rules  with more `first_look.fewest_points` than the query has all ask at once
    PlaceSearch(const LocalChannel& channel,
                ItemSource& items,
                const Query& query,
                const FindOptions& options,
                Depth depth,
                const PlaceSearchRules& rules = kPlaceSearchRules)
        : channel_(channel),
          items_(items),
          query_(query.fingerprint()),
          options_(options),
          depth_(depth),
          rules_(rules) {}

    [[nodiscard]] Result<void> run(const std::set<std::int64_t>& seen,
                                   const std::stop_token& stop) override;
    [[nodiscard]] std::vector<FoundItem> found() const override;
    void count_trials(Trials& trials) const override { trials.pictures += comparisons_; }
    void add_sightings(const KnownItem& item, WorkLeft& work, Sightings& sightings) override;

    /// For each item the frames that show it, by query and known frame.
    [[nodiscard]] const std::map<PlacedGroup, std::vector<PlacedFrame>>& groups() const {
        return groups_;
    }

  private:
    /// The query, with the points of late frames once they were asked for.
    [[nodiscard]] const Fingerprint& whole_query() const {
        return with_late_ ? *with_late_ : query_;
    }
    void read_late_points(const std::stop_token& stop);
    [[nodiscard]] Result<void> vote_and_place(std::span<const std::uint32_t> frames,
                                              const std::set<std::int64_t>& seen,
                                              const std::stop_token& stop);
    [[nodiscard]] Result<void> place(const Fingerprint& query,
                                     const OtherLook& look,
                                     std::vector<VotedPicture> voted,
                                     const std::set<std::int64_t>& seen,
                                     const std::stop_token& stop);
    [[nodiscard]] Result<void> look_otherwise(const std::set<std::int64_t>& seen,
                                              const std::stop_token& stop);
    /// Frames that are looked at in another look by all points.
    struct CloseLook {
        OtherLook look;
        std::vector<std::uint32_t> frames;  ///< rising
        std::set<std::int64_t> only;        ///< items that are placed; empty: all
    };

    [[nodiscard]] Result<void> look_closely(const CloseLook& close,
                                            const std::set<std::int64_t>& seen,
                                            const std::stop_token& stop);
    [[nodiscard]] std::set<std::int64_t> shown_in(const std::vector<std::uint32_t>& frames) const;
    [[nodiscard]] std::vector<std::uint32_t> unexplained_frames() const;

    const LocalChannel& channel_;
    ItemSource& items_;
    const Fingerprint& query_;
    std::optional<Fingerprint> with_late_;
    const FindOptions& options_;
    Depth depth_;
    const PlaceSearchRules& rules_;
    std::map<PlacedGroup, std::vector<PlacedFrame>> groups_;
    double comparisons_ = 1;  ///< pairs of pictures that were compared, both mirrorings
};

}  // namespace refrain::evidence
