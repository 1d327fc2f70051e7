#include "media/truncation.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include <spdlog/fmt/fmt.h>

#include "media/byte_walker.h"
#include "media/still_damage.h"

namespace refrain::media {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kFirstMarker = 0xc0;  // lower ones are reserved, or stuffed among pixels

// A file of more chunks or boxes than this is left unjudged: walking them would cost more than the
// answer.
constexpr int kMaxPieces = 1'000'000;

bool stands_alone(std::uint64_t marker) {
    return (marker >= 0xd0 && marker <= 0xd7) || marker < kFirstMarker || marker == 0xff;
}

JpegEnd walk_jpeg(ByteWalker& bytes) {
    constexpr std::uint64_t kEndOfImage = 0xd9;
    constexpr std::uint64_t kStartOfScan = 0xda;
    constexpr std::uint64_t kJpegLs = 0xf7;
    bool is_in_scan = false;
    bool is_jpeg_ls = false;  // which stuffs bits, not bytes
    bool is_odd = false;
    std::uint64_t offset = 2;
    while (const auto first = bytes.byte(offset)) {
        const auto marker = *first == 0xff ? bytes.byte(offset + 1) : std::nullopt;
        if (*first != 0xff || (marker && stands_alone(*marker))) {
            // Between segments nothing but markers should stand, but decoders pass over it too.
            const bool is_pair = *first == 0xff && *marker != 0xff;
            is_odd = is_odd || (is_pair && *marker > 0x01 && *marker < kFirstMarker);
            offset += is_pair ? 2U : 1U;
            continue;
        }
        if (marker && *marker == kEndOfImage) {
            const bool is_damaged = is_odd && !is_jpeg_ls;
            return {offset + 2, !is_in_scan  ? "the JPEG file ends before its pixels"
                                : is_damaged ? "the JPEG file has a marker that there is not"
                                             : ""};
        }
        const auto length = bytes.big_endian(offset + 2, 2);
        if (!marker || !length) {
            break;
        }
        is_in_scan = is_in_scan || *marker == kStartOfScan;
        is_jpeg_ls = is_jpeg_ls || *marker == kJpegLs;
        offset += 2 + *length;
    }
    return {bytes.size(), "the JPEG file has no end marker"};
}

std::string walk_png(ByteWalker& bytes) {
    std::uint64_t offset = 8;
    for (int chunk = 0; chunk < kMaxPieces; ++chunk) {
        const auto length = bytes.big_endian(offset, 4);
        if (!length) {
            return "the PNG file has no end chunk";
        }
        if (bytes.has(offset + 4, "IEND")) {
            return {};
        }
        offset += 12 + *length;
    }
    return {};
}

/// Offset after a GIF's sub-blocks; nothing past the end.
std::optional<std::uint64_t> skip_gif_blocks(ByteWalker& bytes, std::uint64_t offset) {
    while (const auto length = bytes.byte(offset)) {
        offset += 1U + *length;
        if (*length == 0) {
            return offset;
        }
    }
    return std::nullopt;
}

std::uint64_t color_table_bytes(std::uint8_t flags) {
    return (flags & 0x80U) != 0 ? 3ULL << ((flags & 7U) + 1U) : 0;
}

std::string walk_gif(ByteWalker& bytes) {
    constexpr std::uint8_t kTrailer = 0x3b;
    constexpr std::uint8_t kExtension = 0x21;
    constexpr std::uint8_t kImage = 0x2c;
    std::optional<std::uint64_t> offset = 13 + color_table_bytes(bytes.byte(10).value_or(0));
    while (offset) {
        const auto kind = bytes.byte(*offset);
        if (!kind || *kind == kTrailer) {
            return kind ? "" : "the GIF file has no trailer";
        }
        if (*kind == kExtension) {
            offset = skip_gif_blocks(bytes, *offset + 2);
        } else if (*kind == kImage) {
            const std::uint64_t table = color_table_bytes(bytes.byte(*offset + 9).value_or(0));
            offset = skip_gif_blocks(bytes, *offset + 11 + table);
        } else {
            return {};  // padding or damage, which is the decoder's to judge
        }
    }
    return "the GIF file ends within a picture";
}

std::string walk_boxes(ByteWalker& bytes) {
    std::uint64_t offset = 0;
    bool has_index = false;
    for (int box = 0; box < kMaxPieces && offset < bytes.size(); ++box) {
        const auto narrow = bytes.big_endian(offset, 4);
        const auto length = narrow && *narrow == 1 ? bytes.big_endian(offset + 8, 8) : narrow;
        if (!length || (*length != 0 && *length < 8)) {
            return {};  // trailing bytes that are no box
        }
        has_index = has_index || bytes.has(offset + 4, "moov") || bytes.has(offset + 4, "meta");
        if (*length == 0) {
            return {};  // up to the end, however far that is
        }
        if (*length > bytes.size() - offset) {
            return fmt::format("the file ends {} bytes before its last part does",
                               *length - (bytes.size() - offset));
        }
        offset += *length;
    }
    return has_index ? "" : "the file has no index";
}

std::string walk_riff(ByteWalker& bytes) {
    const auto length = bytes.little_endian(4, 4);
    // Writers that cannot go back leave 0 or the largest number.
    if (!length || *length == 0 || *length == 0xffffffffU || *length + 8 <= bytes.size()) {
        return {};
    }
    return fmt::format("the file ends {} bytes before its header says", *length + 8 - bytes.size());
}

/// An EBML number of 1..8 bytes; all ones means unknown.
struct EbmlSize {
    std::uint64_t value = 0;
    unsigned bytes = 0;
    bool is_known = false;
};

std::optional<EbmlSize> read_ebml_size(ByteWalker& bytes, std::uint64_t offset) {
    const auto first = bytes.byte(offset);
    if (!first || *first == 0) {
        return std::nullopt;
    }
    EbmlSize size;
    size.bytes = 1;
    while ((*first & (0x80U >> (size.bytes - 1))) == 0) {
        ++size.bytes;
    }
    const auto raw = bytes.big_endian(offset, size.bytes);
    if (!raw) {
        return std::nullopt;
    }
    const std::uint64_t mask = (1ULL << (7 * size.bytes)) - 1;
    size.value = *raw & mask;
    size.is_known = size.value != mask;
    return size;
}

std::string walk_matroska(ByteWalker& bytes) {
    const auto header = read_ebml_size(bytes, 4);
    if (!header || header->value > bytes.size()) {
        return {};
    }
    const std::uint64_t segment = 4 + header->bytes + header->value;
    if (!bytes.has(segment, "\x18\x53\x80\x67")) {
        return {};
    }
    const auto length = read_ebml_size(bytes, segment + 4);
    if (!length || !length->is_known) {
        return {};
    }
    const std::uint64_t begin = segment + 4 + length->bytes;
    if (begin + length->value <= bytes.size()) {
        return {};
    }
    return fmt::format("the file ends {} bytes before its header says",
                       begin + length->value - bytes.size());
}

std::string walk_ogg(ByteWalker& bytes) {
    // A page has at most 27 + 255 + 255 * 255 bytes, so the last one starts in this stretch.
    constexpr std::uint64_t kMaxPage = 65'307;
    constexpr std::uint8_t kEndOfStream = 4;
    const std::uint64_t first = bytes.size() > kMaxPage ? bytes.size() - kMaxPage : 0;
    for (std::uint64_t offset = first; offset < bytes.size();) {
        const std::uint64_t segments = bytes.byte(offset + 26).value_or(0);
        if (!bytes.has(offset, "OggS\0"sv)) {
            ++offset;
            continue;
        }
        std::uint64_t end = offset + 27 + segments;
        for (std::uint64_t i = 0; i < segments; ++i) {
            end += bytes.byte(offset + 27 + i).value_or(0);
        }
        if (end > bytes.size()) {
            return "the Ogg file ends within a page";
        }
        if (end == bytes.size()) {
            const bool is_end = (bytes.byte(offset + 5).value_or(0) & kEndOfStream) != 0;
            return is_end ? "" : "the Ogg file has no last page";
        }
        offset = end;
    }
    return {};
}

std::string find_still_damage(ByteWalker& bytes) {
    if (bytes.has(0, "BM")) {
        return walk_bmp(bytes);
    }
    if (bytes.has(0, "\x59\xa6\x6a\x95")) {
        return walk_sun_raster(bytes);
    }
    if (bytes.has(0, "qoif")) {
        return walk_qoi(bytes);
    }
    if (bytes.has(0, "\x76\x2f\x31\x01")) {
        return walk_exr(bytes);
    }
    const bool is_plain = bytes.has(0, "P2") || bytes.has(0, "P3");
    return is_plain ? walk_plain_pnm(bytes) : std::string();
}

}  // namespace

JpegEnd find_jpeg_end(const ByteSource& source) {
    ByteWalker bytes(source);
    return walk_jpeg(bytes);
}

std::string find_truncation(const ByteSource& source) {
    ByteWalker bytes(source);
    if (bytes.has(0, "\xff\xd8\xff")) {
        return walk_jpeg(bytes).truncation;
    }
    if (bytes.has(0, "\x89PNG\r\n\x1a\n")) {
        return walk_png(bytes);
    }
    if (bytes.has(0, "GIF8")) {
        return walk_gif(bytes);
    }
    if (bytes.has(4, "ftyp")) {
        return walk_boxes(bytes);
    }
    if (bytes.has(0, "RIFF")) {
        return walk_riff(bytes);
    }
    if (bytes.has(0, "\x1a\x45\xdf\xa3")) {
        return walk_matroska(bytes);
    }
    if (bytes.has(0, "OggS")) {
        return walk_ogg(bytes);
    }
    return find_still_damage(bytes);
}

}  // namespace refrain::media
