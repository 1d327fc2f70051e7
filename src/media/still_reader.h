#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "media/ffmpeg_decoder.h"
#include "media/ffmpeg_io.h"
#include "media/frame_reader.h"
#include "media/orientation.h"

namespace refrain::media {

/// All bytes of `source` with the padding that decoders may read past the end.
/// @error kTooLarge, kUnreadable
[[nodiscard]] Result<std::vector<std::byte>> load_bytes(const ByteSource& source,
                                                        const Limits& limits);
inline constexpr std::size_t kPaddingBytes = 64;

/// One picture that FFmpeg decodes from one packet.
struct StillPacket {
    std::vector<std::byte> bytes;  ///< of the picture, then kPaddingBytes zeros
    AVCodecID codec = AV_CODEC_ID_NONE;
    std::string container;
    frame::Dihedral orientation;
    std::string truncation;  ///< what the container lacks, in words; empty: nothing
};

/// Decodes one packet to at most one frame: what follows the first picture in the file (a preview,
/// a second eye, a motion clip) is not part of the picture that people see.
///
/// @error kUnsupportedFormat, kTooLarge, kInternal
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_still(const StillPacket& packet,
                                                              const ReaderOptions& options);

}  // namespace refrain::media
