#include <algorithm>
#include <utility>

#include <spdlog/fmt/fmt.h>
#include <webp/demux.h>

#include "media/alpha.h"
#include "media/byte_walker.h"
#include "media/ffmpeg_io.h"
#include "media/limits_check.h"
#include "media/picture_header.h"
#include "media/rgb_frames.h"
#include "media/still_reader.h"
#include "media/turn.h"

namespace refrain::media {
namespace {

struct DecoderDeleter {
    void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};
using Decoder = std::unique_ptr<WebPAnimDecoder, DecoderDeleter>;

// libwebp keeps two canvases of four channels.
constexpr unsigned kBytesPerPixel = 8;
constexpr std::size_t kRiffHeaderBytes = 12;
constexpr std::size_t kChunkHeaderBytes = 8;

/// Size of the file up to its last whole chunk.
std::size_t whole_bytes(const ByteSource& source) {
    ByteWalker bytes(source);
    std::uint64_t end = kRiffHeaderBytes;
    while (const auto length = bytes.little_endian(end + 4, 4)) {
        const std::uint64_t next = end + kChunkHeaderBytes + *length + (*length & 1U);
        if (next > source.size()) {
            break;
        }
        end = next;
    }
    return static_cast<std::size_t>(end);
}

/// Makes a truncated file a whole one of fewer frames: libwebp refuses it otherwise.
void close_file(std::vector<std::byte>& bytes, std::size_t size) {
    const std::size_t payload = size - kChunkHeaderBytes;
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[4 + i] = static_cast<std::byte>(payload >> (8 * i));
    }
}

class WebpReader final : public FrameReader {
  public:
    WebpReader(std::vector<std::byte> bytes, const ReaderOptions& options, std::string truncation)
        : bytes_(std::move(bytes)),
          options_(options),
          deadline_(options.stop, options.limits.max_wall_time),
          damage_(std::move(truncation)) {}

    /// @param size  of the bytes that libwebp is to see
    /// @error kCorrupt, kTooLarge
    [[nodiscard]] Result<void> open(std::size_t size, const frame::Dihedral& orientation);

    [[nodiscard]] const StreamInfo& info() const override { return info_; }
    Result<std::optional<frame::FrameHeader>> next() override;
    Result<frame::RgbView> picture() override;
    [[nodiscard]] const DecodeReport& report() const override { return report_; }
    [[nodiscard]] bool shows_ground() const override { return shows_ground_; }

  private:
    void finish();

    std::vector<std::byte> bytes_;  // libwebp borrows them
    ReaderOptions options_;
    Deadline deadline_;
    Decoder decoder_;
    WebPAnimInfo canvas_{};
    frame::Dihedral orientation_;
    StreamInfo info_;
    DecodeReport report_;
    std::string damage_;
    const std::uint8_t* pixels_ = nullptr;  // of libwebp, until its next frame
    MediaTime end_;
    frame::RgbImage blended_;
    frame::RgbImage turned_;
    bool shows_ground_ = false;
};

Result<void> WebpReader::open(std::size_t size, const frame::Dihedral& orientation) {
    const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes_.data()), size};
    WebPAnimDecoderOptions options;
    if (WebPAnimDecoderOptionsInit(&options) == 0) {
        return Error{ErrorCode::kInternal, "libwebp is of another version than its header"};
    }
    options.use_threads = options_.decoder_threads > 1 ? 1 : 0;
    // Demuxed first, for the size of the canvas: the decoder takes memory for it at once.
    using Demuxer = std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)>;
    const Demuxer demuxer(WebPDemux(&data), &WebPDemuxDelete);
    if (!demuxer) {
        return Error{ErrorCode::kCorrupt, "libwebp cannot read the file"};
    }
    const Result<void> fits = check_picture_size(
        WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH),
        WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT), kBytesPerPixel, options_.limits);
    if (!fits) {
        return fits.error();
    }
    decoder_.reset(WebPAnimDecoderNew(&data, &options));
    if (!decoder_ || WebPAnimDecoderGetInfo(decoder_.get(), &canvas_) == 0) {
        return Error{ErrorCode::kCorrupt, "libwebp cannot read the file"};
    }
    orientation_ = orientation;
    const bool is_turned = orientation.transposes;
    info_.container = "webp";
    info_.codec = "webp";
    info_.width = static_cast<int>(is_turned ? canvas_.canvas_height : canvas_.canvas_width);
    info_.height = static_cast<int>(is_turned ? canvas_.canvas_width : canvas_.canvas_height);
    info_.is_still_container = true;
    return {};
}

Result<std::optional<frame::FrameHeader>> WebpReader::next() {
    const Result<void> alive = deadline_.check();
    if (!alive) {
        return alive.error();
    }
    pixels_ = nullptr;
    if (!decoder_ || WebPAnimDecoderHasMoreFrames(decoder_.get()) == 0) {
        finish();
        return std::optional<frame::FrameHeader>();
    }
    if (report_.decoded_frames >= options_.limits.max_frames) {
        return Error{ErrorCode::kTooManyFrames,
                     fmt::format("more than {} frames", options_.limits.max_frames)};
    }
    std::uint8_t* pixels = nullptr;
    int end_ms = 0;
    if (WebPAnimDecoderGetNext(decoder_.get(), &pixels, &end_ms) == 0) {
        // Later frames are drawn over this one, so none of them can be right.
        report_.skipped_packets += 1;
        damage_ = fmt::format("frame {} cannot be decoded", report_.decoded_frames);
        decoder_.reset();
        finish();
        return std::optional<frame::FrameHeader>();
    }
    pixels_ = pixels;
    const frame::FrameHeader header{end_, report_.decoded_frames, report_.decoded_frames == 0};
    if (header.time > options_.limits.max_duration) {
        return Error{ErrorCode::kTooLarge, fmt::format("longer than the limit of {} s",
                                                       options_.limits.max_duration.seconds())};
    }
    end_ = std::max(end_, MediaTime::from_ms(end_ms));
    ++report_.decoded_frames;
    report_.decoded_until = end_;
    return std::optional(header);
}

void WebpReader::finish() {
    if (damage_.empty() && report_.decoded_frames == 0) {
        damage_ = "the file holds no frame";
    }
    report_.is_partial = !damage_.empty();
    report_.damage = damage_;
    if (canvas_.frame_count <= 1) {
        report_.decoded_until = {};  // a still picture has no duration
    }
}

Result<frame::RgbView> WebpReader::picture() {
    if (pixels_ == nullptr) {
        return Error{ErrorCode::kInternal, "asked for a picture before a frame"};
    }
    const auto width = static_cast<int>(canvas_.canvas_width);
    const auto height = static_cast<int>(canvas_.canvas_height);
    const double clear = composite({pixels_, width, height, static_cast<std::ptrdiff_t>(width) * 4},
                                   AlphaKind::kStraight, options_.ground, blended_);
    shows_ground_ = shows_ground_ || is_shown(clear);
    return turned(blended_, orientation_, turned_);
}

}  // namespace

Result<std::unique_ptr<FrameReader>> open_webp(const ByteSource& source,
                                               const ReaderOptions& options,
                                               const std::string& truncation) {
    Result<std::vector<std::byte>> bytes = load_bytes(source, options.limits);
    if (!bytes) {
        return bytes.error();
    }
    const std::optional<PictureHeader> header = read_picture_header(source);
    const frame::Dihedral orientation = header ? header->orientation : frame::Dihedral{};
    StillPacket packet;
    packet.codec = AV_CODEC_ID_WEBP;
    packet.container = "webp";
    packet.orientation = orientation;
    packet.truncation = truncation;
    std::size_t size = bytes->size() - kPaddingBytes;
    if (!truncation.empty()) {
        packet.bytes = *bytes;
        size = whole_bytes(source);
        close_file(*bytes, size);
    }
    auto reader = std::make_unique<WebpReader>(std::move(bytes).value(), options, truncation);
    const Result<void> opened = reader->open(size, orientation);
    if (opened) {
        return std::unique_ptr<FrameReader>(std::move(reader));
    }
    if (truncation.empty() || opened.error().code != ErrorCode::kCorrupt) {
        return opened.error();
    }
    // Of a single picture that is cut off, FFmpeg may still show the upper rows.
    silence_ffmpeg();
    return open_still(packet, options);
}

}  // namespace refrain::media
