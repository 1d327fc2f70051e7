#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include <libheif/heif.h>
#include <spdlog/fmt/fmt.h>

#include "media/alpha.h"
#include "media/ffmpeg_io.h"
#include "media/limits_check.h"
#include "media/lone_picture.h"
#include "media/rgb_frames.h"

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

// A file of more pictures than this is looked at so far and no further.
constexpr int kMaxPictures = 1000;

/// Lets libheif read a ByteSource.
struct HeifBytes {
    const ByteSource& source;
    std::int64_t position = 0;
    std::optional<Error> failure;

    static std::int64_t tell(void* self) { return static_cast<HeifBytes*>(self)->position; }

    static int read(void* into, std::size_t size, void* self) {
        auto& bytes = *static_cast<HeifBytes*>(self);
        const Result<std::size_t> count =
            bytes.source.read_at(static_cast<std::uint64_t>(bytes.position),
                                 std::span(static_cast<std::byte*>(into), size));
        if (!count) {
            bytes.failure = count.error();
            return 1;
        }
        bytes.position += static_cast<std::int64_t>(*count);
        return *count == size ? 0 : 1;
    }

    static int seek(std::int64_t position, void* self) {
        if (position < 0) {
            return 1;
        }
        static_cast<HeifBytes*>(self)->position = position;
        return 0;
    }

    static heif_reader_grow_status wait(std::int64_t size, void* self) {
        const std::uint64_t there = static_cast<HeifBytes*>(self)->source.size();
        return size >= 0 && static_cast<std::uint64_t>(size) <= there
                   ? heif_reader_grow_status_size_reached
                   : heif_reader_grow_status_size_beyond_eof;
    }
};

constexpr heif_reader kHeifBytes = {.reader_api_version = 1,
                                    .get_position = &HeifBytes::tell,
                                    .read = &HeifBytes::read,
                                    .seek = &HeifBytes::seek,
                                    .wait_for_file_size = &HeifBytes::wait};

/// The index of the file. `bytes` must outlive it.
/// @error kUnsupportedFormat, kCorrupt, kTooLarge, kUnreadable, kCancelled, kTimeout, kInternal
Result<Context> open_index(HeifBytes& bytes, const ReaderOptions& options) {
    const Result<void> alive = Deadline(options.stop, options.limits.max_wall_time).check();
    if (!alive) {
        return alive.error();
    }
    Context context(heif_context_alloc());
    if (!context) {
        return Error{ErrorCode::kInternal, "out of memory for a picture"};
    }
    const auto most = static_cast<std::uint32_t>(std::numeric_limits<int>::max());
    heif_context_set_maximum_image_size_limit(
        context.get(), static_cast<int>(std::min(options.limits.max_side, most)));
    heif_context_set_max_decoding_threads(context.get(), std::max(options.decoder_threads, 1));
    const heif_error opened =
        heif_context_read_from_reader(context.get(), &kHeifBytes, &bytes, nullptr);
    if (bytes.failure) {
        return *bytes.failure;
    }
    if (opened.code != heif_error_Ok) {
        return to_error(opened);
    }
    return context;
}

/// Decodes the chosen picture to RGB. @error kCorrupt, kUnsupportedFormat, kTooLarge, kInternal
Result<LonePicture> decode(const heif_image_handle& handle, const ReaderOptions& reading) {
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
    LonePicture made;
    if (heif_image_get_decoding_warnings(raw, 0, nullptr, 0) > 0) {
        made.damage = "libheif reports damage in the picture";
    }
    int stride = 0;
    const std::uint8_t* data =
        heif_image_get_plane_readonly(raw, heif_channel_interleaved, &stride);
    const int width = heif_image_get_width(raw, heif_channel_interleaved);
    const int height = heif_image_get_height(raw, heif_channel_interleaved);
    const Result<void> size = check_picture_size(width, height, kBytesPerPixel, reading.limits);
    if (!size) {
        return size.error();
    }
    if (data == nullptr) {
        return Error{ErrorCode::kInternal, "libheif gave a picture without pixels"};
    }
    const AlphaKind kind = heif_image_handle_is_premultiplied_alpha(&handle) != 0
                               ? AlphaKind::kPremultiplied
                               : AlphaKind::kStraight;
    made.shows_ground =
        is_shown(composite({data, width, height, stride}, kind, reading.ground, made.picture));
    return made;
}

/// Picture `entry` of the file, its size within the limits; the one shown first for 0.
Result<Handle> choose_picture(heif_context& context,
                              std::uint32_t entry,
                              const Limits& limits,
                              StreamInfo& info) {
    heif_image_handle* raw = nullptr;
    const heif_error error = entry == 0 ? heif_context_get_primary_image_handle(&context, &raw)
                                        : heif_context_get_image_handle(&context, entry, &raw);
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

Result<HeifPictures> list_heif_pictures(const ByteSource& source, const ReaderOptions& options) {
    HeifBytes bytes{source, 0, std::nullopt};
    const Result<Context> context = open_index(bytes, options);
    if (!context) {
        return context.error();
    }
    HeifPictures pictures;
    pictures.total = heif_context_get_number_of_top_level_images(context->get());
    pictures.entries.resize(static_cast<std::size_t>(std::clamp(pictures.total, 0, kMaxPictures)));
    static_cast<void>(heif_context_get_list_of_top_level_image_IDs(
        context->get(), pictures.entries.data(), static_cast<int>(pictures.entries.size())));
    heif_item_id primary = 0;
    const heif_error error = heif_context_get_primary_image_ID(context->get(), &primary);
    pictures.primary = error.code == heif_error_Ok ? primary : 0;
    return pictures;
}

Result<std::unique_ptr<FrameReader>> open_heif(const ByteSource& source,
                                               std::uint32_t entry,
                                               const ReaderOptions& options,
                                               const std::string& truncation) {
    HeifBytes bytes{source, 0, std::nullopt};
    const Result<Context> context = open_index(bytes, options);
    if (!context) {
        return context.error();
    }
    StreamInfo info;
    info.container = "heif";
    info.codec = "heif";
    info.is_still_container = true;
    const Result<Handle> handle = choose_picture(**context, entry, options.limits, info);
    if (!handle) {
        return handle.error();
    }
    Result<LonePicture> made = decode(**handle, options);
    if (bytes.failure) {
        return *bytes.failure;
    }
    if (!made && made.error().code != ErrorCode::kCorrupt) {
        return made.error();
    }
    LonePicture picture;
    if (made) {
        picture = std::move(made).value();
    } else {
        picture.damage = made.error().message;
    }
    if (!truncation.empty()) {
        picture.damage = truncation + (picture.damage.empty() ? "" : "; " + picture.damage);
    }
    picture.info = std::move(info);
    return read_lone_picture(std::move(picture));
}

}  // namespace refrain::media
