#include <optional>
#include <string>

#include "media/ffmpeg_io.h"
#include "media/ffmpeg_reader.h"
#include "media/frame_reader.h"
#include "media/limits_check.h"
#include "media/medium_parts.h"
#include "media/picture_header.h"
#include "media/rgb_frames.h"
#include "media/sniff.h"
#include "media/still_reader.h"

namespace refrain::media {
namespace {

/// FFmpeg refuses JPEG files of less than a byte for four blocks of 8 x 8 pixels: those of which
/// little is left, and flat progressive ones. Behind the end marker more bytes change nothing.
void lengthen_jpeg(std::vector<std::byte>& bytes, const PictureHeader& header) {
    constexpr std::uint64_t kBlock = 8;
    constexpr std::uint64_t kBlocksPerByte = 4;
    constexpr std::uint64_t kSlack = 64;
    const std::uint64_t across = static_cast<std::uint64_t>(header.width) / kBlock + 1;
    const std::uint64_t down = static_cast<std::uint64_t>(header.height) / kBlock + 1;
    const std::uint64_t wanted = across * down / kBlocksPerByte + kSlack;
    const std::size_t size = bytes.size() - kPaddingBytes;
    if (size < wanted) {
        bytes[size] = std::byte{0xff};
        bytes[size + 1] = std::byte{0xd9};
        bytes.resize(static_cast<std::size_t>(wanted) + kPaddingBytes, std::byte{0});
    }
}

/// A picture file of one frame that FFmpeg decodes in one piece.
Result<std::unique_ptr<FrameReader>> open_picture_file(const ByteSource& source,
                                                       const ReaderOptions& options,
                                                       const StillPacket& kind,
                                                       const std::optional<PictureHeader>& header) {
    silence_ffmpeg();
    Result<std::vector<std::byte>> bytes = load_bytes(source, options.limits);
    if (!bytes) {
        return bytes.error();
    }
    StillPacket packet = kind;
    packet.bytes = std::move(bytes).value();
    if (packet.codec == AV_CODEC_ID_MJPEG && header) {
        lengthen_jpeg(packet.bytes, *header);
    }
    return open_still(packet, options);
}

/// Opens `source`, the bytes of the part alone, with the reader for its format.
Result<std::unique_ptr<FrameReader>> open_as(const PartPlan& plan,
                                             const ByteSource& source,
                                             const ReaderOptions& options) {
    StillPacket still;
    const std::optional<PictureHeader> header = read_picture_header(source);
    if (header) {
        const Result<void> size =
            check_picture_size(header->width, header->height, 4, options.limits);
        if (!size) {
            return size.error();
        }
        still.orientation = header->orientation;
    }
    still.truncation = plan.truncation;
    switch (plan.format) {
        case Format::kText:
            return Error{ErrorCode::kUnsupportedFormat, "text, not media"};
        case Format::kJpeg:
            still.codec = AV_CODEC_ID_MJPEG;
            still.container = "jpeg";
            return open_picture_file(source, options, still, header);
        case Format::kPng:
            still.codec = AV_CODEC_ID_PNG;
            still.container = "png";
            return open_picture_file(source, options, still, header);
        case Format::kBmp:
            still.codec = AV_CODEC_ID_BMP;
            still.container = "bmp";
            return open_picture_file(source, options, still, header);
        case Format::kTiff:
            return open_tiff(source, plan.offset, options);
        case Format::kJxl:
            return open_jxl(source, options);
        case Format::kWebp:
            return open_webp(source, options, plan.truncation);
        case Format::kHeif: {
            Result<std::unique_ptr<FrameReader>> reader =
                open_heif(source, static_cast<std::uint32_t>(plan.entry), options, plan.truncation);
            // A libheif that was built without the codec: FFmpeg reads simple AVIF pictures too.
            const bool is_main = plan.part.role == PartRole::kMain;
            if (reader || !is_main || reader.error().code != ErrorCode::kUnsupportedFormat) {
                return reader;
            }
            break;
        }
        case Format::kPsd:
            still.codec = AV_CODEC_ID_PSD;
            still.container = "psd";
            return open_picture_file(source, options, still, header);
        case Format::kPfm:
            return open_pfm(source, options);
        case Format::kIco:  // of which FFmpeg's reader chooses the largest
        case Format::kOther:
            break;
    }
    // Entries of other formats are no streams.
    const FfmpegTrack track = plan.format == Format::kOther ? track_of(plan) : FfmpegTrack{};
    return open_ffmpeg(source, options, plan.truncation, track);
}

}  // namespace

Result<std::unique_ptr<FrameReader>> open_part(const ByteSource& source,
                                               const PartPlan& plan,
                                               const ReaderOptions& options) {
    ReaderOptions reading = options;
    if (plan.part.is_on_white) {
        reading.ground = Ground::kWhite;
    }
    const bool is_whole = plan.format == Format::kTiff || (plan.offset == 0 && plan.bytes == 0);
    const ByteSource range = source.range(is_whole ? 0 : plan.offset,
                                          is_whole || plan.bytes == 0 ? source.size() : plan.bytes);
    Result<std::unique_ptr<FrameReader>> reader = open_as(plan, range, reading);
    if (!reader && reader.error().code == ErrorCode::kCorrupt && !plan.truncation.empty()) {
        return Error{ErrorCode::kCorrupt, plan.truncation + "; " + reader.error().message};
    }
    return reader;
}

Result<std::unique_ptr<FrameReader>> open_frames(const ByteSource& source,
                                                 const ReaderOptions& options) {
    Result<MediumPlan> plan = plan_parts(source, options);
    if (!plan) {
        return plan.error();
    }
    if (plan->opened) {
        return std::move(plan->opened);
    }
    return open_part(source, plan->parts.front(), options);
}

}  // namespace refrain::media
