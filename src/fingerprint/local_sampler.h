#pragma once

#include <cstddef>
#include <optional>

#include "refrain/fingerprinter.h"

#include "fingerprint/steady_points.h"
#include "frame/picture.h"
#include "local/local_features.h"
#include "local/plane.h"
#include "local/working_picture.h"

namespace refrain::fingerprint {

/// Decides which of the kept frames get local features, and extracts them.
///
/// What is made known has a budget of bytes. The bytes of an image are there from the beginning;
/// those of an hour of video come in as presentation time passes. Frames are taken where the
/// picture has changed, first of all where a shot begins. Each frame may use a share of what has
/// been saved up. Where that is little, steady points are kept first.
///
/// Queries have a fixed number of points a frame. Of a film that is looked up with Effort::kNormal
/// every second frame of a shot has its picture alone, as long as pictures may be fine: its points
/// are found in it where they are asked for. A long query is thinned out, so that it
/// holds at most kMaxQueryPoints.
///
/// Thread safety: one thread at a time. Source: docs/decisions/0053-local-sampling.md.
class LocalSampler {
  public:
    static constexpr std::size_t kMaxQueryPoints = std::size_t{1} << 20;  ///< 42 MB

    LocalSampler(const FingerprintOptions& options,
                 bool is_still_container,
                 std::size_t max_query_points = kMaxQueryPoints);

    /// Takes a frame in order of presentation, with its PDQ code; writes to `out.local`.
    void take(const frame::FrameHeader& header,
              const frame::LumaView& luma,
              const Hash256& hash,
              Fingerprint& out);

  private:
    struct Rule {
        int max_side = 512;
        int max_points = 400;
        int min_change_bits = 24;
        MediaTime min_gap;
        MediaTime max_gap;
        /// Frames that follow one with points by less get theirs late; 0: all have points at once.
        MediaTime points_gap{};
    };

    [[nodiscard]] static Rule rule_of(const FingerprintOptions& options, bool is_still_container);
    [[nodiscard]] bool is_wanted(MediaTime time, const Hash256& hash) const;
    [[nodiscard]] std::size_t points_to_take(MediaTime time);
    [[nodiscard]] bool may_be_late(MediaTime time, const Hash256& hash) const;
    void take_late(const frame::FrameHeader& header,
                   const frame::LumaView& luma,
                   const Hash256& hash,
                   Fingerprint& out);
    void take_with_points(const frame::FrameHeader& header,
                          const frame::LumaView& luma,
                          const Hash256& hash,
                          Fingerprint& out);
    void note_taken(MediaTime time, const Hash256& hash);
    void add_samples(LocalFrame& frame);
    void thin_out(Fingerprint& out);

    bool is_known_;
    bool is_still_container_;
    std::size_t max_query_points_;
    Rule rule_;
    std::optional<local::Extractor> extractor_;  ///< none: no local features are wanted
    std::optional<SteadyPoints> steady_;         ///< none: all points that fit are taken
    local::Features features_;
    double bytes_left_ = 0;
    double bytes_per_second_ = 0;
    double most_bytes_ = 0;
    int most_cells_ = 0;  ///< of what is made known
    std::size_t points_kept_ = 0;
    std::size_t luma_bytes_ = 0;  ///< of the small pictures of a query
    MediaTime credited_until_;
    MediaTime last_at_;
    Hash256 last_hash_;
    bool has_last_ = false;
    /// Of the last frame with points; none: the last one that was tried has too few.
    std::optional<MediaTime> last_with_points_;
    local::WorkingPicture late_;  ///< makes the pictures of late frames
    local::Plane late_picture_;
};

}  // namespace refrain::fingerprint
