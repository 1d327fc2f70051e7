#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "refrain/fingerprint.h"

#include "evidence/query_view.h"

namespace refrain::evidence {

/// A query frame with enough detail, seen in one view.
struct QueryFrame {
    std::uint32_t ordinal = 0;  ///< among all frames of the fingerprint
    std::uint32_t instant = 0;  ///< among the different times of these frames
    MediaTime time;
    MediaTime end;       ///< time of the next sampled frame, or the end of the medium
    MediaTime previous;  ///< time of the sampled frame before; 0 for the first
    std::uint8_t quality = 0;
};

/// Whether a medium has parts of different PartInfo::index.
[[nodiscard]] bool has_several_parts(const Fingerprint& fingerprint);

/// The fingerprint with its exact codes in place of its own; nothing: it has none.
[[nodiscard]] std::optional<Fingerprint> exact_side(const Fingerprint& part);

/// Until when the frame at `index` was the last one sampled: the next later time, or the end.
[[nodiscard]] MediaTime end_of_frame(std::span<const FrameHash> frames,
                                     std::size_t index,
                                     MediaTime duration);

/// A code to search for: one view of one frame.
struct Seed {
    std::uint32_t frame = 0;  ///< index into Query::frames
    QueryView view;
};

/// A fingerprint as a look-up uses it. Borrows the fingerprint.
///
/// Every usable frame is there to be compared with items that were found; to find them, fewer are
/// searched for: upright wherever the picture changes, in the other views once a second, of the
/// negative upright and mirrored.
class Query {
  public:
    explicit Query(const Fingerprint& fingerprint);

    [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }
    [[nodiscard]] bool is_image() const { return fingerprint_.media.kind == MediaKind::kImage; }
    /// Whether it has anything to search for.
    [[nodiscard]] bool is_searchable() const {
        return !frames_.empty() || !fingerprint_.local.empty();
    }
    [[nodiscard]] const std::vector<QueryFrame>& frames() const { return frames_; }
    /// The different times of all frames, usable or not, rising.
    [[nodiscard]] const std::vector<MediaTime>& instants() const { return instants_; }
    /// When the first frame is shown, and until when the last one is; both 0 without any.
    [[nodiscard]] MediaTime begin() const {
        return instants_.empty() ? MediaTime{} : instants_.front();
    }
    [[nodiscard]] MediaTime end() const {
        return instants_.empty() ? MediaTime{}
                                 : std::max(fingerprint_.media.duration, instants_.back());
    }
    [[nodiscard]] const std::vector<Seed>& seeds() const { return seeds_; }
    [[nodiscard]] const std::vector<Hash256>& seed_codes() const { return seed_codes_; }

    /// The code of a usable frame in a query view; where the query carries no dihedral views, that
    /// of the upright one.
    [[nodiscard]] Hash256 code(std::size_t frame, QueryView view) const;

  private:
    /// Where the search has got to, for whole frames and for the insides of borders.
    struct LastSeed {
        MediaTime upright_at;
        MediaTime views_at;
        Hash256 code;
        bool is_there = false;
    };

    void add_seeds(std::uint32_t frame);
    void add_seed(std::uint32_t frame, QueryView view);

    const Fingerprint& fingerprint_;
    std::vector<QueryFrame> frames_;
    std::vector<MediaTime> instants_;
    std::vector<Seed> seeds_;
    std::vector<Hash256> seed_codes_;
    LastSeed last_whole_;
    LastSeed last_inside_;
};

}  // namespace refrain::evidence
