#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "refrain/fingerprinter.h"
#include "refrain/result.h"

#include "media/frame_reader.h"

namespace refrain::fingerprint {

/// What reading a part came to, also where it failed on the way.
struct PartOutcome {
    Result<FingerprintRun> run;        ///< its fingerprint has no digest yet
    DecodeReport decode = {};          ///< as far as the reader came
    bool shows_ground = false;         ///< on another ground it is another picture
    bool has_left_out_frames = false;  ///< more effort may find more
    bool has_implausible_clock = false;
};

/// How a reader has to be opened for these options.
[[nodiscard]] media::ReaderOptions reader_options(const FingerprintOptions& options,
                                                  const RunControl& control,
                                                  media::Clock clock = media::Clock::kContainer);

/// Decodes and hashes one part of a medium once, from its beginning to its end.
///
/// @param max_query_points  local points that a query may hold of this part, >= 1
/// A part that holds no frame and no damage gives a fingerprint without frames.
[[nodiscard]] PartOutcome run_part(media::FrameReader& reader,
                                   const FingerprintOptions& options,
                                   const RunControl& control,
                                   std::size_t max_query_points);

}  // namespace refrain::fingerprint
