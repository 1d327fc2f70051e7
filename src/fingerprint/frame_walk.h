#pragma once

#include <cstddef>
#include <optional>

#include "refrain/fingerprinter.h"

#include "fingerprint/local_sampler.h"
#include "frame/picture.h"
#include "hash/borders.h"
#include "hash/luma_hash.h"
#include "hash/pdq_hash.h"
#include "keyframe/change_sampler.h"
#include "media/frame_reader.h"

namespace refrain::fingerprint {

/// Takes the luma planes of one medium, frame by frame: decides which frames are kept, hashes these
/// and adds them to the fingerprint. Some get local features as well.
///
/// A kept frame with bars or a border around the picture is added twice: the whole, and the inside.
/// The walk does not use the reader, so the next frames may be decoded at the same time.
///
/// Thread safety: one thread at a time.
class FrameWalk {
  public:
    /// Borrows `options` and `run`, which must outlive the walk. Of `run` it changes `hash_time`
    /// and, in the fingerprint, frames, views, shots and local features; nothing else.
    FrameWalk(const media::StreamInfo& stream,
              const FingerprintOptions& options,
              FingerprintRun& run,
              std::size_t max_query_points = LocalSampler::kMaxQueryPoints);

    /// Takes the next frame in order of presentation. `luma` is borrowed for the call only.
    ///
    /// @error kInternal  as of Extractor::extract
    [[nodiscard]] Result<void> take(const frame::FrameHeader& header, const frame::LumaView& luma);

  private:
    void keep_luma(const frame::FrameHeader& header,
                   const frame::LumaView& luma,
                   const hash::DecimatedPicture& small);
    [[nodiscard]] hash::PdqViews bits_of(const hash::DecimatedPicture& small) const;

    const FingerprintOptions& options_;
    FingerprintRun& run_;
    keyframe::ChangeSampler by_change_;
    hash::LumaShrinker shrinker_;
    LocalSampler local_;
    std::optional<hash::Box> last_box_;  ///< inside the borders of the last kept frame
    bool is_still_container_;
};

}  // namespace refrain::fingerprint
