#pragma once

#include <cstddef>
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

/// Parts of one medium that are looked at; what is beyond is said in MediumPlan::left_out.
inline constexpr std::size_t kMaxListedParts = 1000;

/// Whether an error of one part ends the work on the whole medium. After any other error only that
/// part is given up.
[[nodiscard]] constexpr bool ends_medium(ErrorCode code) {
    return code == ErrorCode::kCancelled || code == ErrorCode::kUnreadable;
}

/// Where a part of a medium lies and how it is read.
///
/// No plan has `is_on_white`: whether the ground matters is known only when a part has been
/// decoded. Where its reader `shows_ground`, the caller opens the same plan again with
/// `part.is_on_white` set.
struct PartPlan {
    PartInfo part;
    Format format = Format::kOther;
    std::uint64_t offset = 0;  ///< first byte of the part in the source; of a TIFF its directory
    std::uint64_t bytes = 0;   ///< length of the part; 0: to the end of the source
    int entry = 0;             ///< page, picture or stream, as the reader of `format` counts them
    std::string truncation;    ///< what the part lacks by its own account; empty: nothing
};

/// The parts of a medium, the main one first. Never empty; at most kMaxListedParts. No two parts
/// have the same index and ground.
struct MediumPlan {
    std::vector<PartPlan> parts;
    std::string left_out;  ///< what a limit or damage kept from the list, in words; empty: nothing
    /// A reader of the first part, if listing the parts had to open one. It is as good as one of
    /// `open_part` and spares opening the part twice. Null: the caller opens it.
    std::unique_ptr<FrameReader> opened;
};

/// Lists the parts of a medium from its headers. The source and what `options` refers to must
/// outlive the plan.
///
/// Cost: as find_truncation; of what lies behind a JPEG's end marker, all bytes once; and that of
/// opening the medium, of which `opened` saves the second time.
///
/// @error as open_frames
[[nodiscard]] Result<MediumPlan> plan_parts(const ByteSource& source, const ReaderOptions& options);

/// Opens one part of the list, on white where `plan.part.is_on_white`. Only one reader of a source
/// may be in use at a time.
///
/// A reader that returns no frame and reports no damage means that there is no such part. A picture
/// that turns out to have no transparency, for one, has none on white.
///
/// @error as open_frames
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_part(const ByteSource& source,
                                                             const PartPlan& plan,
                                                             const ReaderOptions& options);

}  // namespace refrain::media
