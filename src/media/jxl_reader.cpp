#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include <jxl/decode.h>
#include <spdlog/fmt/fmt.h>

#include "media/alpha.h"
#include "media/ffmpeg_io.h"
#include "media/limits_check.h"
#include "media/rgb_frames.h"
#include "media/still_reader.h"

namespace refrain::media {
namespace {

// The picture in four channels, in libjxl and here, and libjxl's planes of floating point.
constexpr unsigned kBytesPerPixel = 24;
// A duration that says that the next frame is another page, and is shown when it is turned to.
constexpr std::uint32_t kPage = 0xffffffff;
constexpr MediaTime kPageTime = MediaTime::from_seconds(1);
// What browsers make of frames that claim to be shown for no time or nearly none.
constexpr MediaTime kShortest = MediaTime::from_ms(10);
constexpr MediaTime kForShortest = MediaTime::from_ms(100);

/// Memory for libjxl, as much as the limits allow.
class Memory {
  public:
    explicit Memory(std::uint64_t most) : left_(most) {}

    [[nodiscard]] JxlMemoryManager manager() {
        return {.opaque = this, .alloc = &Memory::take, .free = &Memory::give_back};
    }
    [[nodiscard]] bool has_refused() const { return has_refused_; }

  private:
    // Before each block, which stays aligned as malloc has it.
    static constexpr std::size_t kHeader = alignof(std::max_align_t);
    static_assert(kHeader >= sizeof(std::size_t));

    static void* take(void* self, std::size_t size) {
        auto& memory = *static_cast<Memory*>(self);
        if (size > std::numeric_limits<std::size_t>::max() - kHeader ||
            size + kHeader > memory.left_) {
            memory.has_refused_ = true;
            return nullptr;
        }
        // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): libjxl asks for memory of no type.
        void* block = std::malloc(size + kHeader);
        if (block == nullptr) {
            memory.has_refused_ = true;
            return nullptr;
        }
        std::memcpy(block, &size, sizeof(size));
        memory.left_ -= size + kHeader;
        return static_cast<std::byte*>(block) + kHeader;
    }

    static void give_back(void* self, void* address) {
        if (address == nullptr) {
            return;
        }
        void* block = static_cast<std::byte*>(address) - kHeader;
        std::size_t size = 0;
        std::memcpy(&size, block, sizeof(size));
        static_cast<Memory*>(self)->left_ += size + kHeader;
        std::free(block);  // NOLINT(cppcoreguidelines-no-malloc)
    }

    std::uint64_t left_;
    bool has_refused_ = false;
};

struct DecoderDeleter {
    void operator()(JxlDecoder* decoder) const { JxlDecoderDestroy(decoder); }
};
using Decoder = std::unique_ptr<JxlDecoder, DecoderDeleter>;

class JxlReader final : public FrameReader {
  public:
    JxlReader(std::vector<std::byte> bytes, const ReaderOptions& options)
        : bytes_(std::move(bytes)),
          options_(options),
          deadline_(options.stop, options.limits.max_wall_time),
          memory_(options.limits.max_memory_bytes) {}

    /// Reads up to the size of the picture. @error kCorrupt, kTooLarge, kInternal
    [[nodiscard]] Result<void> open();

    [[nodiscard]] const StreamInfo& info() const override { return info_; }
    Result<std::optional<frame::FrameHeader>> next() override;
    Result<frame::RgbView> picture() override;
    [[nodiscard]] const DecodeReport& report() const override { return report_; }
    [[nodiscard]] bool shows_ground() const override { return shows_ground_; }

  private:
    static constexpr JxlPixelFormat kFormat = {4, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};

    [[nodiscard]] MediaTime shown_for(std::uint32_t ticks) const;
    /// Decodes up to the end of the next frame. @return whether there is one
    [[nodiscard]] bool decode_frame();
    void finish();

    std::vector<std::byte> bytes_;  // libjxl borrows them
    ReaderOptions options_;
    Deadline deadline_;
    Memory memory_;  // before the decoder, which gives it back
    Decoder decoder_;
    JxlBasicInfo basic_{};
    StreamInfo info_;
    DecodeReport report_;
    std::vector<std::uint8_t> rgba_;
    MediaTime end_;        ///< of the frames so far
    MediaTime shown_for_;  ///< of the frame in work
    bool has_frame_ = false;
    bool shows_ground_ = false;
    frame::RgbImage blended_;
};

Result<void> JxlReader::open() {
    const JxlMemoryManager manager = memory_.manager();
    decoder_.reset(JxlDecoderCreate(&manager));
    if (!decoder_ || JxlDecoderSubscribeEvents(
                         decoder_.get(), JXL_DEC_BASIC_INFO | JXL_DEC_FRAME | JXL_DEC_FULL_IMAGE) !=
                         JXL_DEC_SUCCESS) {
        return Error{ErrorCode::kInternal, "out of memory for a picture"};
    }
    JxlDecoderSetInput(decoder_.get(), reinterpret_cast<const std::uint8_t*>(bytes_.data()),
                       bytes_.size() - kPaddingBytes);
    // The input stays open: where it ends too early, libjxl then shows what it has.
    const JxlDecoderStatus status = JxlDecoderProcessInput(decoder_.get());
    if (status != JXL_DEC_BASIC_INFO ||
        JxlDecoderGetBasicInfo(decoder_.get(), &basic_) != JXL_DEC_SUCCESS) {
        return Error{ErrorCode::kCorrupt, status == JXL_DEC_NEED_MORE_INPUT
                                              ? "the JPEG XL file ends within its header"
                                              : "libjxl cannot read the file's header"};
    }
    const Result<void> fits =
        check_picture_size(basic_.xsize, basic_.ysize, kBytesPerPixel, options_.limits);
    if (!fits) {
        return fits.error();
    }
    info_.container = "jxl";
    info_.codec = "jpegxl";
    info_.width = static_cast<int>(basic_.xsize);  // as shown: libjxl turns it
    info_.height = static_cast<int>(basic_.ysize);
    info_.is_still_container = true;
    return {};
}

MediaTime JxlReader::shown_for(std::uint32_t ticks) const {
    const JxlAnimationHeader& clock = basic_.animation;
    if (ticks == kPage || clock.tps_numerator == 0) {
        return kPageTime;
    }
    const double seconds = static_cast<double>(ticks) * clock.tps_denominator / clock.tps_numerator;
    // Beyond the longest duration that is allowed, the exact one no longer matters.
    const double most = options_.limits.max_duration.seconds() + 1;
    const auto time = MediaTime::from_us(static_cast<std::int64_t>(std::min(seconds, most) * 1e6));
    return time > kShortest ? time : kForShortest;
}

bool JxlReader::decode_frame() {
    while (true) {
        const JxlDecoderStatus status = JxlDecoderProcessInput(decoder_.get());
        switch (status) {
            case JXL_DEC_FRAME: {
                JxlFrameHeader header{};
                if (JxlDecoderGetFrameHeader(decoder_.get(), &header) == JXL_DEC_SUCCESS) {
                    shown_for_ = shown_for(header.duration);
                }
                break;
            }
            case JXL_DEC_NEED_IMAGE_OUT_BUFFER:
                rgba_.assign(std::size_t{4} * basic_.xsize * basic_.ysize, 0);
                if (JxlDecoderSetImageOutBuffer(decoder_.get(), &kFormat, rgba_.data(),
                                                rgba_.size()) != JXL_DEC_SUCCESS) {
                    report_.damage = "libjxl gives no RGB picture";
                    return false;
                }
                break;
            case JXL_DEC_FULL_IMAGE:
                return true;
            case JXL_DEC_SUCCESS:
                return false;
            case JXL_DEC_NEED_MORE_INPUT:
                report_.damage = "the JPEG XL file ends within a picture";
                return !rgba_.empty() && JxlDecoderFlushImage(decoder_.get()) == JXL_DEC_SUCCESS;
            default:
                report_.damage =
                    memory_.has_refused()
                        ? "libjxl needs more memory than the limit allows"
                        : fmt::format("libjxl cannot decode frame {}", report_.decoded_frames);
                return false;
        }
    }
}

Result<std::optional<frame::FrameHeader>> JxlReader::next() {
    if (const Result<void> alive = deadline_.check(); !alive) {
        return alive.error();
    }
    has_frame_ = false;
    if (!decoder_) {
        return std::optional<frame::FrameHeader>();
    }
    if (report_.damage.empty()) {
        has_frame_ = decode_frame();
    }
    if (!has_frame_) {
        finish();
        if (memory_.has_refused()) {
            return Error{ErrorCode::kTooLarge, report_.damage};
        }
        return std::optional<frame::FrameHeader>();
    }
    if (report_.decoded_frames >= options_.limits.max_frames) {
        return Error{ErrorCode::kTooManyFrames,
                     fmt::format("more than {} frames", options_.limits.max_frames)};
    }
    const frame::FrameHeader header{end_, report_.decoded_frames, report_.decoded_frames == 0};
    if (header.time > options_.limits.max_duration) {
        return Error{ErrorCode::kTooLarge, fmt::format("longer than the limit of {} s",
                                                       options_.limits.max_duration.seconds())};
    }
    end_ = end_ + shown_for_;
    ++report_.decoded_frames;
    report_.decoded_until = end_;
    report_.is_partial = !report_.damage.empty();
    return std::optional(header);
}

void JxlReader::finish() {
    decoder_.reset();
    if (report_.decoded_frames == 0 && report_.damage.empty()) {
        report_.damage = "the file holds no frame";
    }
    report_.is_partial = !report_.damage.empty();
    report_.skipped_packets = report_.is_partial ? 1 : 0;
    if (basic_.have_animation == JXL_FALSE) {
        report_.decoded_until = {};  // a still picture has no duration
    }
}

Result<frame::RgbView> JxlReader::picture() {
    if (!has_frame_) {
        return Error{ErrorCode::kInternal, "asked for a picture before a frame"};
    }
    const auto width = static_cast<int>(basic_.xsize);
    const AlphaKind kind =
        basic_.alpha_premultiplied == JXL_TRUE ? AlphaKind::kPremultiplied : AlphaKind::kStraight;
    const double clear =
        composite({rgba_.data(), width, static_cast<int>(basic_.ysize), std::ptrdiff_t{4} * width},
                  kind, options_.ground, blended_);
    shows_ground_ = shows_ground_ || is_shown(clear);
    return blended_.view();
}

}  // namespace

Result<std::unique_ptr<FrameReader>> open_jxl(const ByteSource& source,
                                              const ReaderOptions& options) {
    Result<std::vector<std::byte>> bytes = load_bytes(source, options.limits);
    if (!bytes) {
        return bytes.error();
    }
    auto reader = std::make_unique<JxlReader>(std::move(bytes).value(), options);
    const Result<void> opened = reader->open();
    if (!opened) {
        return opened.error();
    }
    return std::unique_ptr<FrameReader>(std::move(reader));
}

}  // namespace refrain::media
