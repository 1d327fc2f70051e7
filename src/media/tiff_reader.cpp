#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "media/alpha.h"
#include "media/limits_check.h"
#include "media/lone_picture.h"
#include "media/orientation.h"
#include "media/rgb_frames.h"
#include "media/tiff_file.h"
#include "media/tiff_page.h"
#include "media/tiff_samples.h"
#include "media/turn.h"

namespace refrain::media {
namespace {

using namespace std::string_view_literals;

// The picture in four channels, a strip that may be all of it in as many, and the result.
constexpr unsigned kBytesPerPixel = 11;

struct RgbaImageEnd {
    void operator()(TIFFRGBAImage* image) const { TIFFRGBAImageEnd(image); }
};

/// libtiff's words where it lacks something, as against where the file is damaged.
bool says_unsupported(std::string_view problem) {
    constexpr std::array kWords = {"not implemented"sv, "not configured"sv, "not supported"sv,
                                   "unsupported"sv,     "Unsupported"sv,    "can not handle"sv,
                                   "Cannot handle"sv,   "cannot handle"sv,  "Sorry, "sv};
    return std::any_of(kWords.begin(), kWords.end(), [problem](std::string_view word) {
        return problem.find(word) != std::string_view::npos;
    });
}

/// @error kCorrupt, kTooLarge, kUnsupportedFormat
Result<void> check_page(const TiffFile& file, const TiffPage& page, const Limits& limits) {
    Result<void> size = check_picture_size(page.width, page.height, kBytesPerPixel, limits);
    if (!size) {
        return size;
    }
    if (page.block_width == 0 || page.block_height == 0 || page.bits == 0 || page.samples == 0) {
        return Error{ErrorCode::kCorrupt, "TIFF page without samples"};
    }
    if (TIFFIsCODECConfigured(page.compression) == 0) {
        return Error{ErrorCode::kUnsupportedFormat,
                     fmt::format("TIFF compression {} is not read", page.compression)};
    }
    const std::uint64_t planes = page.planes == PLANARCONFIG_SEPARATE ? page.samples : 1;
    const std::uint64_t block =
        page.is_tiled ? TIFFTileSize64(file.handle()) : TIFFStripSize64(file.handle());
    // Twice: as it is stored and as it is decoded. A tile may be larger than its picture.
    const std::uint64_t as_pixels = std::uint64_t{4} * page.block_width * page.block_height;
    const std::uint64_t most = limits.max_memory_bytes / 2;
    if (block == 0) {
        return Error{ErrorCode::kCorrupt, "TIFF page with strips of no size"};
    }
    if (block > most / planes || as_pixels > most) {
        return Error{ErrorCode::kTooLarge,
                     fmt::format("TIFF strip or tile of {} bytes, over the limit of {}", block,
                                 limits.max_memory_bytes)};
    }
    return {};
}

/// Pixels through libtiff's own conversion to RGB.
/// @error kUnsupportedFormat, kCancelled, kTimeout, kUnreadable
Result<TiffPixels> read_tiff_rgba(TiffFile& file, const TiffPage& page) {
    std::array<char, 1024> reason{};
    TIFFRGBAImage image{};
    if (TIFFRGBAImageOK(file.handle(), reason.data()) == 0 ||
        TIFFRGBAImageBegin(&image, file.handle(), 0, reason.data()) == 0) {
        return Error{ErrorCode::kUnsupportedFormat, fmt::format("libtiff: {}", reason.data())};
    }
    const std::unique_ptr<TIFFRGBAImage, RgbaImageEnd> ended(&image);
    // Pixels in the order in which they are stored: turning is left to us.
    image.orientation = ORIENTATION_TOPLEFT;
    image.req_orientation = ORIENTATION_TOPLEFT;
    const bool has_alpha =
        page.alpha == EXTRASAMPLE_ASSOCALPHA || page.alpha == EXTRASAMPLE_UNASSALPHA;
    TiffPixels pixels;
    pixels.is_premultiplied = true;
    pixels.rgba.resize(std::size_t{4} * page.width * page.height);
    std::vector<std::uint32_t> raster;
    const Result<void> read = each_block(page, [&](const TiffBlock& block) {
        raster.assign(std::size_t{block.width} * block.height, 0);
        image.row_offset = static_cast<int>(block.y);
        image.col_offset = static_cast<int>(block.x);
        if (TIFFRGBAImageGet(&image, raster.data(), block.width, block.height) == 0) {
            std::fill(raster.begin(), raster.end(), 0U);
        }
        for (std::uint32_t y = 0; y < block.height; ++y) {
            const std::uint32_t* in = raster.data() + std::size_t{y} * block.width;
            std::uint8_t* out =
                pixels.rgba.data() + 4 * (std::size_t{block.y + y} * page.width + block.x);
            for (std::uint32_t x = 0; x < block.width; ++x, ++in, out += 4) {
                out[0] = static_cast<std::uint8_t>(TIFFGetR(*in));
                out[1] = static_cast<std::uint8_t>(TIFFGetG(*in));
                out[2] = static_cast<std::uint8_t>(TIFFGetB(*in));
                out[3] = has_alpha ? static_cast<std::uint8_t>(TIFFGetA(*in)) : 255;
            }
        }
        return end_block(file, page, block, pixels);
    });
    if (!read) {
        return read.error();
    }
    return pixels;
}

bool is_flat(const std::vector<std::uint8_t>& rgba) {
    return std::equal(rgba.begin() + 4, rgba.end(), rgba.begin());
}

/// @error kInternal
Result<LonePicture> finish(const TiffPage& page, const TiffPixels& pixels, Ground ground) {
    LonePicture made;
    if (pixels.damaged > 0) {
        made.damage = fmt::format("{} of {} parts of the picture are damaged: {}", pixels.damaged,
                                  pixels.blocks, pixels.problem);
    }
    if (pixels.damaged == pixels.blocks && is_flat(pixels.rgba)) {
        return made;
    }
    frame::RgbImage stored;
    const auto width = static_cast<int>(page.width);
    const double clear = composite(
        {pixels.rgba.data(), width, static_cast<int>(page.height), std::ptrdiff_t{4} * width},
        pixels.is_premultiplied ? AlphaKind::kPremultiplied : AlphaKind::kStraight, ground, stored);
    made.shows_ground = is_shown(clear);
    const frame::Dihedral orientation = orientation_from_exif(page.orientation);
    if (orientation.is_upright()) {
        made.picture = std::move(stored);
        return made;
    }
    static_cast<void>(turned(stored, orientation, made.picture));
    return made;
}

}  // namespace

Result<std::unique_ptr<FrameReader>> open_tiff(const ByteSource& source,
                                               std::uint64_t directory,
                                               const ReaderOptions& options) {
    const Result<std::unique_ptr<TiffFile>> opened = TiffFile::open(source, options);
    if (!opened) {
        return opened.error();
    }
    TiffFile& file = **opened;
    const int found = TIFFSetSubDirectory(file.handle(), directory);
    if (Result<void> alive = file.check(); !alive) {
        return alive.error();
    }
    if (found != 1) {
        return Error{ErrorCode::kCorrupt, "damaged TIFF directory: " + file.take_problem()};
    }
    const TiffPage page = read_tiff_page(file);
    if (Result<void> fits = check_page(file, page, options.limits); !fits) {
        return fits.error();
    }
    file.begin_pixels();
    const Result<TiffPixels> pixels =
        has_unusual_samples(page) ? read_tiff_samples(file, page) : read_tiff_rgba(file, page);
    if (!pixels) {
        return pixels.error();
    }
    if (pixels->damaged == pixels->blocks && says_unsupported(pixels->problem)) {
        return Error{ErrorCode::kUnsupportedFormat, "libtiff: " + pixels->problem};
    }
    Result<LonePicture> made = finish(page, *pixels, options.ground);
    if (!made) {
        return made.error();
    }
    made->info.container = "tiff";
    made->info.codec = "tiff";
    made->info.width = static_cast<int>(page.width);
    made->info.height = static_cast<int>(page.height);
    made->info.is_still_container = true;
    return read_lone_picture(std::move(made).value());
}

}  // namespace refrain::media
