#pragma once

#include <optional>

#include "refrain/fingerprinter.h"

#include "hash/pdq_hash.h"
#include "keyframe/interval_sampler.h"
#include "media/frame_reader.h"

namespace refrain::fingerprint {

/// Sampling::kInterval: hashes a frame every so often by exact PDQ, and writes it down.
///
/// Thread safety: one thread at a time.
class IntervalWalk {
  public:
    /// All three are borrowed and must outlive the walk.
    IntervalWalk(media::FrameReader& reader,
                 const FingerprintOptions& options,
                 FingerprintRun& run);

    /// Takes the frame that the reader stands at. @error as FrameReader::picture
    [[nodiscard]] Result<void> take(const frame::FrameHeader& header);

  private:
    [[nodiscard]] std::optional<hash::PdqViews> exact(const frame::RgbView& picture);

    media::FrameReader& reader_;
    const FingerprintOptions& options_;
    FingerprintRun& run_;
    keyframe::IntervalSampler sampler_;
    hash::PdqHasher hasher_;
};

}  // namespace refrain::fingerprint
