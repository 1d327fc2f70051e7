#include "media/sniff.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "media/byte_walker.h"

namespace refrain::media {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kTextSample = 4096;
constexpr int kMaxChunksBeforePixels = 4096;
constexpr std::uint64_t kMaxBrandBytes = 4096;

// Animated AVIF and HEIF sequences hold a movie beside the still picture; FFmpeg reads the movie.
constexpr std::array kSequenceBrands = {"avis"sv, "msf1"sv, "hevc"sv, "hevx"sv};
constexpr std::array kStillBrands = {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "mif1"sv, "avif"sv};

/// What stands before the pixels of a PNG file.
struct PngAnimation {
    bool is_animated = false;
    bool begins_with_still = false;  ///< the first frame is the picture that others show as well
};

PngAnimation read_png_animation(ByteWalker& bytes) {
    PngAnimation animation;
    std::uint64_t offset = 8;
    for (int chunk = 0; chunk < kMaxChunksBeforePixels; ++chunk) {
        const auto length = bytes.big_endian(offset, 4);
        if (!length || bytes.has(offset + 4, "IDAT")) {
            break;
        }
        animation.is_animated = animation.is_animated || bytes.has(offset + 4, "acTL");
        animation.begins_with_still = animation.begins_with_still || bytes.has(offset + 4, "fcTL");
        offset += 12 + *length;
    }
    return animation;
}

bool is_bmp(ByteWalker& bytes) {
    const auto header = bytes.little_endian(14, 4);
    // The sizes that the known versions of its header have.
    constexpr std::array<std::uint64_t, 8> kHeaderSizes = {12, 16, 40, 52, 56, 64, 108, 124};
    return bytes.has(0, "BM") && header &&
           std::find(kHeaderSizes.begin(), kHeaderSizes.end(), *header) != kHeaderSizes.end();
}

/// `PF` or `Pf`, and a number after white space.
bool is_pfm(ByteWalker& bytes) {
    const std::uint8_t space = bytes.byte(2).value_or(0);
    const std::uint8_t digit = bytes.byte(3).value_or(0);
    return (bytes.has(0, "PF") || bytes.has(0, "Pf")) && (space == '\n' || space == ' ') &&
           digit >= '0' && digit <= '9';
}

/// A list of at least one picture, whose first lies behind the list.
bool is_ico(ByteWalker& bytes) {
    const auto kind = bytes.little_endian(0, 4);
    const auto count = bytes.little_endian(4, 2);
    const auto first = bytes.little_endian(18, 4);
    constexpr std::uint64_t kIcon = 0x10000;
    constexpr std::uint64_t kCursor = 0x20000;
    return (kind == kIcon || kind == kCursor) && count && *count > 0 && first &&
           *first >= 6 + 16 * *count && *first < bytes.size() && bytes.byte(9) == 0;
}

template <typename Brands>
bool has_any(ByteWalker& bytes, std::uint64_t offset, const Brands& brands) {
    return std::any_of(brands.begin(), brands.end(),
                       [&](std::string_view brand) { return bytes.has(offset, brand); });
}

bool is_still_heif(ByteWalker& bytes) {
    const auto length = bytes.big_endian(0, 4);
    if (!length || !bytes.has(4, "ftyp")) {
        return false;
    }
    const std::uint64_t end = std::min<std::uint64_t>(*length, kMaxBrandBytes);
    bool is_still = false;
    for (std::uint64_t offset = 8; offset + 4 <= end; offset += 4) {
        if (offset == 12) {
            continue;  // the minor version stands between the brands
        }
        if (has_any(bytes, offset, kSequenceBrands)) {
            return false;
        }
        is_still = is_still || has_any(bytes, offset, kStillBrands);
    }
    return is_still;
}

bool is_text(ByteWalker& bytes) {
    // A header in letters is followed by binary data sooner or later, but maybe not in the sample.
    constexpr std::array kLetterHeaders = {"YUV4MPEG2"sv, "P1"sv, "P2"sv, "P3"sv, "P4"sv,
                                           "P5"sv,        "P6"sv, "P7"sv, "Pf"sv, "PF"sv};
    if (has_any(bytes, 0, kLetterHeaders)) {
        return false;
    }
    const std::uint64_t end = std::min(bytes.size(), kTextSample);
    for (std::uint64_t offset = 0; offset < end; ++offset) {
        const auto next = bytes.byte(offset);
        const bool is_control = next && *next < 0x20 && *next != '\t' && *next != '\n' &&
                                *next != '\r' && *next != '\f' && *next != 0x1b;
        if (!next || is_control || *next == 0x7f) {
            return false;
        }
        // UTF-8 never holds these, binary data soon does.
        if (*next == 0xc0 || *next == 0xc1 || *next >= 0xf5) {
            return false;
        }
    }
    return true;
}

}  // namespace

Format sniff(const ByteSource& source) {
    ByteWalker bytes(source);
    if (bytes.has(0, "\xff\xd8\xff\xf7")) {
        return Format::kOther;  // JPEG-LS
    }
    if (bytes.has(0, "\xff\xd8\xff")) {
        return Format::kJpeg;
    }
    if (bytes.has(0, "\x89PNG\r\n\x1a\n")) {
        return read_png_animation(bytes).is_animated ? Format::kOther : Format::kPng;
    }
    if (bytes.has(0, "RIFF") && bytes.has(8, "WEBP")) {
        return Format::kWebp;
    }
    if (bytes.has(0, "II*\0"sv) || bytes.has(0, "MM\0*"sv) || bytes.has(0, "II+\0"sv) ||
        bytes.has(0, "MM\0+"sv)) {
        return Format::kTiff;
    }
    if (bytes.has(0, "\xff\x0a") || bytes.has(0, "\0\0\0\x0cJXL \r\n\x87\n"sv)) {
        return Format::kJxl;
    }
    if (is_pfm(bytes)) {
        return Format::kPfm;
    }
    if (bytes.has(0, "8BPS\0\1"sv)) {
        return Format::kPsd;
    }
    if (is_ico(bytes)) {
        return Format::kIco;
    }
    if (is_bmp(bytes)) {
        return Format::kBmp;
    }
    if (is_still_heif(bytes)) {
        return Format::kHeif;
    }
    return is_text(bytes) ? Format::kText : Format::kOther;
}

bool has_still_beside_animation(const ByteSource& source) {
    ByteWalker bytes(source);
    if (!bytes.has(0, "\x89PNG\r\n\x1a\n")) {
        return false;
    }
    const PngAnimation animation = read_png_animation(bytes);
    return animation.is_animated && !animation.begins_with_still;
}

}  // namespace refrain::media
