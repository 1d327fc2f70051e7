#pragma once

#include <optional>

#include "refrain/fingerprinter.h"

#include "hash/borders.h"
#include "hash/luma_hash.h"
#include "hash/pdq.h"
#include "keyframe/change_sampler.h"
#include "keyframe/interval_sampler.h"
#include "media/frame_reader.h"

namespace refrain::fingerprint {

/// Walks the frames of one medium: decides which ones are kept, hashes them and writes them down.
///
/// A kept frame with bars or a border around the picture is written twice: whole, and the inside.
///
/// Thread safety: one thread at a time.
class FrameWalk {
  public:
    /// All three are borrowed and must outlive the walk.
    FrameWalk(media::FrameReader& reader, const FingerprintOptions& options, FingerprintRun& run);

    /// Takes the frame that the reader stands at. @error as FrameReader::picture
    [[nodiscard]] Result<void> take(const frame::FrameHeader& header);

  private:
    [[nodiscard]] Result<void> keep_exact(const frame::FrameHeader& header);
    [[nodiscard]] Result<void> keep_if_changed(const frame::FrameHeader& header);
    void keep_luma(const frame::FrameHeader& header,
                   const frame::LumaView& luma,
                   const hash::DecimatedPicture& small);
    void keep(const FrameHash& frame, const std::optional<hash::PdqViews>& hashed);
    [[nodiscard]] std::optional<hash::PdqViews> exact(const frame::RgbView& picture) const;
    [[nodiscard]] hash::PdqViews bits_of(const hash::DecimatedPicture& small) const;

    media::FrameReader& reader_;
    const FingerprintOptions& options_;
    FingerprintRun& run_;
    keyframe::IntervalSampler by_interval_;
    keyframe::ChangeSampler by_change_;
    hash::LumaConverter luma_of_;
    std::optional<hash::Box> last_box_;  ///< inside the borders of the last kept frame
};

}  // namespace refrain::fingerprint
