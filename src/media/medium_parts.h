#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "media/byte_source.h"
#include "media/frame_reader.h"
#include "media/sniff.h"

namespace refrain::media {

/// Where a part of a medium lies and how it is read.
struct PartPlan {
    PartInfo part;
    Format format = Format::kOther;
    std::uint64_t offset = 0;  ///< first byte of the part in the source
    std::uint64_t bytes = 0;   ///< length of the part; 0: to the end of the source
    int entry = 0;             ///< page, picture or stream, as the reader of `format` counts them
};

/// The parts of a medium, the main one first. Never empty.
struct MediumPlan {
    std::vector<PartPlan> parts;
    std::string left_out;  ///< what a limit or damage kept from the list, in words; empty: nothing
};

/// Lists the parts of a medium from its headers; decodes no picture.
///
/// @error as open_frames
[[nodiscard]] Result<MediumPlan> plan_parts(const ByteSource& source, const ReaderOptions& options);

/// Opens one part of the list. Only one reader of a source may be in use at a time.
///
/// @error as open_frames
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_part(const ByteSource& source,
                                                             const PartPlan& plan,
                                                             const ReaderOptions& options);

}  // namespace refrain::media
