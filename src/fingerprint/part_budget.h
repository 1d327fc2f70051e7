#pragma once

#include <cstddef>
#include <cstdint>

#include "refrain/fingerprinter.h"
#include "refrain/result.h"

#include "fingerprint/part_run.h"
#include "fingerprint/stopwatch.h"

namespace refrain::fingerprint {

/// What the limits and the room for local features leave for each part of a medium.
///
/// Frames, duration and time are counted over all parts together.
///
/// For local features, each of up to kFullPictures pictures may take the bytes of an image. If
/// there are more, they share the bytes of so many. A picture with transparency is there twice: the
/// second may take what the first left, and at least half. The points of a query are shared out
/// evenly.
///
/// Thread safety: one thread at a time.
class PartBudget {
  public:
    static constexpr std::size_t kFullPictures = 64;

    /// @param options  of the medium; borrowed
    explicit PartBudget(const FingerprintOptions& options) : options_(options) {}

    /// Options of the next part, with what is left of the limits.
    /// @error kTooManyFrames, kTooLarge, kTimeout  nothing is
    [[nodiscard]] Result<FingerprintOptions> options_for(std::size_t parts, bool is_twin);

    /// Local points that a query may hold of one of `parts`.
    [[nodiscard]] std::size_t query_points(std::size_t parts) const;

    /// Counts what a part took, whether it succeeded or not.
    void spend(const PartOutcome& outcome);

  private:
    const FingerprintOptions& options_;
    std::uint64_t frames_ = 0;
    MediaTime duration_;
    MediaTime elapsed_;
    std::uint32_t image_bytes_ = 0;  ///< of the last part
    std::size_t local_bytes_ = 0;    ///< that the last part took
    bool is_first_ = true;
    Stopwatch watch_;
};

}  // namespace refrain::fingerprint
