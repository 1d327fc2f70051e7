#include <algorithm>
#include <limits>
#include <utility>

#include <libheif/heif.h>
#include <spdlog/fmt/fmt.h>

#include "media/alpha.h"
#include "media/ffmpeg_io.h"
#include "media/limits_check.h"
#include "media/rgb_frames.h"
#include "media/still_reader.h"

namespace refrain::media {
namespace {

struct ContextDeleter {
    void operator()(heif_context* context) const { heif_context_free(context); }
};
struct HandleDeleter {
    void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
};
struct ImageDeleter {
    void operator()(heif_image* image) const { heif_image_release(image); }
};
struct OptionsDeleter {
    void operator()(heif_decoding_options* options) const { heif_decoding_options_free(options); }
};
using Context = std::unique_ptr<heif_context, ContextDeleter>;
using Handle = std::unique_ptr<heif_image_handle, HandleDeleter>;
using Image = std::unique_ptr<heif_image, ImageDeleter>;
using Options = std::unique_ptr<heif_decoding_options, OptionsDeleter>;

// libheif keeps the coded planes beside the converted ones while it decodes.
constexpr unsigned kBytesPerPixel = 8;

Error to_error(const heif_error& error) {
    ErrorCode code = ErrorCode::kCorrupt;
    if (error.code == heif_error_Unsupported_filetype ||
        error.code == heif_error_Unsupported_feature ||
        error.code == heif_error_Decoder_plugin_error) {
        code = ErrorCode::kUnsupportedFormat;
    }
    if (error.subcode == heif_suberror_Security_limit_exceeded) {
        code = ErrorCode::kTooLarge;
    }
    // Its messages end in a line break, and may hold more of them.
    std::string message = error.message == nullptr ? "unknown" : error.message;
    while (!message.empty() && message.back() == '\n') {
        message.pop_back();
    }
    std::replace(message.begin(), message.end(), '\n', ' ');
    return {code, fmt::format("libheif: {}", message)};
}

class HeifReader final : public FrameReader {
  public:
    HeifReader(StreamInfo info, frame::RgbImage picture, std::string damage)
        : info_(std::move(info)), picture_(std::move(picture)) {
        report_.is_partial = !damage.empty();
        report_.damage = std::move(damage);
        report_.skipped_packets = picture_.pixels.empty() ? 1 : 0;
    }

    [[nodiscard]] const StreamInfo& info() const override { return info_; }

    Result<std::optional<frame::FrameHeader>> next() override {
        if (picture_.pixels.empty() || report_.decoded_frames > 0) {
            return std::optional<frame::FrameHeader>();
        }
        report_.decoded_frames = 1;
        return std::optional(frame::FrameHeader{.time = {}, .index = 0, .is_keyframe = true});
    }

    Result<frame::RgbView> picture() override {
        if (report_.decoded_frames == 0) {
            return Error{ErrorCode::kInternal, "asked for a picture before a frame"};
        }
        return picture_.view();
    }

    [[nodiscard]] const DecodeReport& report() const override { return report_; }

  private:
    StreamInfo info_;
    frame::RgbImage picture_;
    DecodeReport report_;
};

/// Decodes the chosen picture to RGB. @error kCorrupt, kUnsupportedFormat, kTooLarge, kInternal
Result<frame::RgbImage> decode(const heif_image_handle& handle,
                               const Limits& limits,
                               std::string& damage) {
    const Options options(heif_decoding_options_alloc());
    if (!options) {
        return Error{ErrorCode::kInternal, "out of memory for a picture"};
    }
    options->convert_hdr_to_8bit = 1;
    heif_image* raw = nullptr;
    const heif_error error = heif_decode_image(&handle, &raw, heif_colorspace_RGB,
                                               heif_chroma_interleaved_RGBA, options.get());
    const Image image(raw);
    if (error.code != heif_error_Ok) {
        return to_error(error);
    }
    if (heif_image_get_decoding_warnings(raw, 0, nullptr, 0) > 0) {
        damage = "libheif reports damage in the picture";
    }
    int stride = 0;
    const std::uint8_t* data =
        heif_image_get_plane_readonly(raw, heif_channel_interleaved, &stride);
    const int width = heif_image_get_width(raw, heif_channel_interleaved);
    const int height = heif_image_get_height(raw, heif_channel_interleaved);
    const Result<void> size = check_picture_size(width, height, kBytesPerPixel, limits);
    if (!size) {
        return size.error();
    }
    if (data == nullptr) {
        return Error{ErrorCode::kInternal, "libheif gave a picture without pixels"};
    }
    const AlphaKind kind = heif_image_handle_is_premultiplied_alpha(&handle) != 0
                               ? AlphaKind::kPremultiplied
                               : AlphaKind::kStraight;
    frame::RgbImage picture;
    composite({data, width, height, stride}, kind, picture);
    return picture;
}

/// The primary picture of the file, its size within the limits.
Result<Handle> choose_picture(heif_context& context, const Limits& limits, StreamInfo& info) {
    heif_image_handle* raw = nullptr;
    const heif_error error = heif_context_get_primary_image_handle(&context, &raw);
    if (error.code != heif_error_Ok) {
        return to_error(error);
    }
    Handle handle(raw);
    info.width = heif_image_handle_get_width(raw);
    info.height = heif_image_handle_get_height(raw);
    const Result<void> size = check_picture_size(info.width, info.height, kBytesPerPixel, limits);
    if (!size) {
        return size.error();
    }
    return handle;
}

}  // namespace

Result<std::unique_ptr<FrameReader>> open_heif(const ByteSource& source,
                                               const ReaderOptions& options,
                                               const std::string& truncation) {
    const Result<void> alive = Deadline(options.stop, options.limits.max_wall_time).check();
    if (!alive) {
        return alive.error();
    }
    const Result<std::vector<std::byte>> bytes = load_bytes(source, options.limits);
    if (!bytes) {
        return bytes.error();
    }
    const Context context(heif_context_alloc());
    if (!context) {
        return Error{ErrorCode::kInternal, "out of memory for a picture"};
    }
    const auto most = static_cast<std::uint32_t>(std::numeric_limits<int>::max());
    heif_context_set_maximum_image_size_limit(
        context.get(), static_cast<int>(std::min(options.limits.max_side, most)));
    heif_context_set_max_decoding_threads(context.get(), std::max(options.decoder_threads, 1));
    const heif_error opened = heif_context_read_from_memory_without_copy(
        context.get(), bytes->data(), bytes->size() - kPaddingBytes, nullptr);
    if (opened.code != heif_error_Ok) {
        return to_error(opened);
    }
    StreamInfo info;
    info.container = "heif";
    info.codec = "heif";
    info.is_still_container = true;
    const Result<Handle> handle = choose_picture(*context, options.limits, info);
    if (!handle) {
        return handle.error();
    }
    std::string damage = truncation;
    Result<frame::RgbImage> picture = decode(**handle, options.limits, damage);
    if (!picture) {
        if (picture.error().code != ErrorCode::kCorrupt) {
            return picture.error();
        }
        damage = truncation.empty() ? picture.error().message
                                    : truncation + "; " + picture.error().message;
        picture = frame::RgbImage();
    } else {
        info.width = picture->width;
        info.height = picture->height;
    }
    return std::unique_ptr<FrameReader>(std::make_unique<HeifReader>(
        std::move(info), std::move(picture).value(), std::move(damage)));
}

}  // namespace refrain::media
