#include "media/still_reader.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "media/picture_converter.h"
#include "media/png_salvage.h"

namespace refrain::media {
namespace {

static_assert(kPaddingBytes >= AV_INPUT_BUFFER_PADDING_SIZE);

/// What one attempt at a picture gave.
struct Attempt {
    FrameHandle frame;    ///< null: no picture
    std::string problem;  ///< in words; empty: none
};

/// @error kUnsupportedFormat, kTooLarge, kInternal
Result<Attempt> decode_once(const StillPacket& packet,
                            const ReaderOptions& options,
                            OnDamage on_damage) {
    AVCodecParameters parameters{};
    parameters.codec_type = AVMEDIA_TYPE_VIDEO;
    parameters.codec_id = packet.codec;
    parameters.format = -1;
    Result<FfmpegDecoder> decoder = FfmpegDecoder::open(
        parameters, AVRational{1, AV_TIME_BASE},
        {.limits = options.limits, .threads = options.decoder_threads, .on_damage = on_damage});
    if (!decoder) {
        return decoder.error();
    }
    const PacketHandle input(av_packet_alloc());
    Attempt attempt;
    attempt.frame.reset(av_frame_alloc());
    if (!input || !attempt.frame) {
        return Error{ErrorCode::kInternal, "out of memory for a picture"};
    }
    const std::size_t size = packet.bytes.size() - kPaddingBytes;
    if (av_new_packet(input.get(), static_cast<int>(size)) < 0) {
        return Error{ErrorCode::kInternal, "out of memory for a picture"};
    }
    std::copy_n(packet.bytes.begin(), size, reinterpret_cast<std::byte*>(input->data));
    input->flags |= AV_PKT_FLAG_KEY;
    int outcome = decoder->send(input.get());
    if (outcome >= 0) {
        outcome = decoder->send(nullptr);
    }
    if (outcome >= 0) {
        outcome = decoder->receive(*attempt.frame);
    }
    const Result<void> refused = decoder->check_refused();
    if (!refused) {
        return refused.error();
    }
    if (outcome == AVERROR_PATCHWELCOME) {
        return Error{ErrorCode::kUnsupportedFormat,
                     fmt::format("a kind of {} that is not decoded", decoder->name())};
    }
    if (outcome < 0) {
        attempt.frame.reset();
        attempt.problem =
            outcome == AVERROR_EOF ? "the decoder found no picture" : ffmpeg_message(outcome);
    } else if ((attempt.frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 ||
               attempt.frame->decode_error_flags != 0 ||
               (on_damage == OnDamage::kDecode && decoder->complaints() > 0)) {
        // Strict decoders refuse what is damaged; what else they tell of is harmless.
        attempt.problem = "the decoder reports errors in the picture";
    }
    return attempt;
}

/// Decodes what a damaged PNG file holds: as many of its compressed bytes as can be unpacked.
/// @error kUnsupportedFormat, kTooLarge, kInternal
Result<Attempt> decode_upper_rows(const StillPacket& packet, const ReaderOptions& options) {
    const auto file = std::span(packet.bytes).first(packet.bytes.size() - kPaddingBytes);
    const auto attempt_at = [&](std::size_t pixel_bytes) {
        StillPacket part;
        part.codec = packet.codec;
        part.bytes = png_prefix(file, pixel_bytes);
        part.bytes.resize(part.bytes.size() + kPaddingBytes);
        return decode_once(part, options, OnDamage::kDecode);
    };
    // Unpacking ends with an error at the first damage, so every shorter prefix is sound.
    std::size_t damaged = png_pixel_bytes(file);
    std::size_t sound = 0;
    Result<Attempt> best = Attempt{};
    if (damaged == 0) {
        return best;
    }
    constexpr int kSteps = 12;
    std::size_t tried = damaged;
    for (int step = 0; step < kSteps && sound + 1 < damaged; ++step) {
        Result<Attempt> attempt = attempt_at(tried);
        if (!attempt) {
            return attempt;
        }
        if (attempt->frame) {
            best = std::move(attempt);
            sound = tried;
        } else {
            damaged = tried;
        }
        if (sound == tried && step == 0) {
            break;  // nothing but cut off
        }
        tried = sound + (damaged - sound) / 2;
    }
    return best;
}

class StillReader final : public FrameReader {
  public:
    StillReader(const StillPacket& packet, Attempt&& attempt, const ReaderOptions& options)
        : frame_(std::move(attempt.frame)) {
        presentation_.orientation = packet.orientation;
        presentation_.ground = options.ground;
        presentation_.limits = options.limits;
        info_.container = packet.container;
        info_.codec = avcodec_get_name(packet.codec);
        info_.is_still_container = true;
        const bool has_both = !packet.truncation.empty() && !attempt.problem.empty();
        report_.damage = packet.truncation + (has_both ? "; " : "") + attempt.problem;
        report_.is_partial = !report_.damage.empty();
        report_.skipped_packets = frame_ ? 0 : 1;
    }

    /// @error kTooLarge, kCorrupt
    Result<void> measure() {
        if (!frame_) {
            return {};
        }
        const Result<frame::RgbView> size = shown_size(*frame_, presentation_);
        if (!size) {
            return size.error();
        }
        info_.width = size->width;
        info_.height = size->height;
        return {};
    }

    [[nodiscard]] const StreamInfo& info() const override { return info_; }

    Result<std::optional<frame::FrameHeader>> next() override {
        if (!frame_ || report_.decoded_frames > 0) {
            return std::optional<frame::FrameHeader>();
        }
        report_.decoded_frames = 1;
        return std::optional(frame::FrameHeader{.time = {}, .index = 0, .is_keyframe = true});
    }

    Result<frame::RgbView> picture() override {
        if (!frame_ || report_.decoded_frames == 0) {
            return Error{ErrorCode::kInternal, "asked for a picture before a frame"};
        }
        return converter_.convert(*frame_, presentation_);
    }

    [[nodiscard]] const DecodeReport& report() const override { return report_; }
    [[nodiscard]] bool shows_ground() const override { return converter_.shows_ground(); }

  private:
    FrameHandle frame_;
    Presentation presentation_;
    PictureConverter converter_;
    StreamInfo info_;
    DecodeReport report_;
};

}  // namespace

Result<std::vector<std::byte>> load_bytes(const ByteSource& source, const Limits& limits) {
    const std::uint64_t most =
        std::min<std::uint64_t>(limits.max_memory_bytes, std::numeric_limits<int>::max() / 2);
    if (source.size() > most) {
        return Error{
            ErrorCode::kTooLarge,
            fmt::format("picture file of {} bytes, over the limit of {}", source.size(), most)};
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(source.size()) + kPaddingBytes);
    const Result<std::size_t> count =
        source.read_at(0, std::span(bytes).first(static_cast<std::size_t>(source.size())));
    if (!count) {
        return count.error();
    }
    return bytes;
}

Result<std::unique_ptr<FrameReader>> open_still(const StillPacket& packet,
                                                const ReaderOptions& options) {
    // First so that damage shows, then, if there is any, so that what is left can be seen. Only
    // these two decoders hide damage, and others refuse sound files when they are told to be
    // strict.
    const bool hides = packet.codec == AV_CODEC_ID_MJPEG || packet.codec == AV_CODEC_ID_PNG;
    Result<Attempt> attempt =
        decode_once(packet, options, hides ? OnDamage::kRefuse : OnDamage::kDecode);
    if (attempt && !attempt->frame && hides) {
        std::string problem = std::move(attempt->problem);
        attempt = decode_once(packet, options, OnDamage::kDecode);
        if (attempt && !attempt->frame && packet.codec == AV_CODEC_ID_PNG) {
            attempt = decode_upper_rows(packet, options);
        }
        if (attempt) {
            attempt->problem = std::move(problem);
        }
    }
    if (!attempt) {
        return attempt.error();
    }
    if (!attempt->frame && packet.codec == AV_CODEC_ID_PSD) {
        // FFmpeg has the same words for damage and for sound files of a kind that it does not know.
        return Error{ErrorCode::kUnsupportedFormat,
                     "a PSD file that is damaged or of a kind that is not decoded"};
    }
    auto reader = std::make_unique<StillReader>(packet, std::move(attempt).value(), options);
    const Result<void> measured = reader->measure();
    if (!measured) {
        return measured.error();
    }
    return std::unique_ptr<FrameReader>(std::move(reader));
}

}  // namespace refrain::media
