#include "media/picture_header.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "media/byte_walker.h"

namespace refrain::media {
namespace {

using namespace std::string_view_literals;

constexpr int kMaxSegments = 4096;  // before the pixels; more are an attack
constexpr std::uint64_t kMaxTiffEntries = 4096;

/// A TIFF structure within a file: numbers in its own byte order, offsets from its own start.
class TiffBlock {
  public:
    TiffBlock(ByteWalker& bytes, std::uint64_t start, std::uint64_t length)
        : bytes_(bytes),
          start_(start),
          length_(length),
          is_little_(bytes.has(start, "II*\0"sv)),
          is_valid_(is_little_ || bytes.has(start, "MM\0*"sv)) {}

    /// The first value of a SHORT or LONG tag in the first directory.
    std::optional<std::uint64_t> tag(std::uint64_t wanted) {
        const auto directory = number(4, 4);
        const auto count = directory ? number(*directory, 2) : std::nullopt;
        if (!count) {
            return std::nullopt;
        }
        for (std::uint64_t entry = 0; entry < std::min(*count, kMaxTiffEntries); ++entry) {
            const std::uint64_t offset = *directory + 2 + entry * 12;
            const auto id = number(offset, 2);
            if (!id) {
                return std::nullopt;
            }
            if (*id == wanted) {
                constexpr std::uint64_t kLong = 4;
                return number(offset + 8, number(offset + 2, 2) == kLong ? 4 : 2);
            }
        }
        return std::nullopt;
    }

  private:
    std::optional<std::uint64_t> number(std::uint64_t offset, unsigned size) {
        if (!is_valid_ || offset > length_ || length_ - offset < size) {
            return std::nullopt;
        }
        return is_little_ ? bytes_.little_endian(start_ + offset, size)
                          : bytes_.big_endian(start_ + offset, size);
    }

    ByteWalker& bytes_;
    std::uint64_t start_;
    std::uint64_t length_;
    bool is_little_;
    bool is_valid_;
};

constexpr std::uint64_t kTagWidth = 256;
constexpr std::uint64_t kTagHeight = 257;
constexpr std::uint64_t kTagOrientation = 0x0112;

frame::Dihedral orientation_at(ByteWalker& bytes, std::uint64_t offset, std::uint64_t length) {
    const auto value = TiffBlock(bytes, offset, length).tag(kTagOrientation);
    return orientation_from_exif(value && *value <= 8 ? static_cast<int>(*value) : 1);
}

bool is_frame_header(std::uint64_t marker) {
    // SOF0..SOF15 without DHT, JPG and DAC, which lie between them.
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

std::optional<PictureHeader> read_jpeg(ByteWalker& bytes) {
    PictureHeader header;
    std::uint64_t offset = 2;
    for (int segment = 0; segment < kMaxSegments; ++segment) {
        auto marker = bytes.big_endian(offset, 2);
        if (marker && *marker == 0xffff) {
            ++offset;  // a fill byte
            continue;
        }
        const auto length = bytes.big_endian(offset + 2, 2);
        if (!marker || !length || *marker < 0xff00) {
            return std::nullopt;
        }
        const std::uint64_t kind = *marker & 0xffU;
        if (kind == 0xe1 && bytes.has(offset + 4, "Exif\0\0"sv) && *length > 8) {
            header.orientation = orientation_at(bytes, offset + 10, *length - 8);
        }
        if (is_frame_header(kind)) {
            const auto height = bytes.big_endian(offset + 5, 2);
            const auto width = bytes.big_endian(offset + 7, 2);
            if (!height || !width) {
                return std::nullopt;
            }
            header.width = static_cast<std::int64_t>(*width);
            header.height = static_cast<std::int64_t>(*height);
            return header;
        }
        offset += 2 + *length;
    }
    return std::nullopt;
}

std::optional<PictureHeader> read_png(ByteWalker& bytes) {
    const auto width = bytes.big_endian(16, 4);
    const auto height = bytes.big_endian(20, 4);
    if (!width || !height) {
        return std::nullopt;
    }
    PictureHeader header{static_cast<std::int64_t>(*width), static_cast<std::int64_t>(*height), {}};
    std::uint64_t offset = 8;
    for (int chunk = 0; chunk < kMaxSegments; ++chunk) {
        const auto length = bytes.big_endian(offset, 4);
        if (!length) {
            break;
        }
        if (bytes.has(offset + 4, "eXIf")) {
            header.orientation = orientation_at(bytes, offset + 8, *length);
            break;
        }
        offset += 12 + *length;
    }
    return header;
}

std::optional<PictureHeader> read_bmp(ByteWalker& bytes) {
    const auto header_bytes = bytes.little_endian(14, 4);
    const unsigned size = header_bytes && *header_bytes == 12 ? 2 : 4;
    const auto width = bytes.little_endian(18, size);
    const auto height = bytes.little_endian(18 + size, size);
    if (!width || !height) {
        return std::nullopt;
    }
    // A negative height means rows from the top.
    const std::int64_t rows =
        size == 4 ? static_cast<std::int32_t>(*height) : static_cast<std::int64_t>(*height);
    return PictureHeader{static_cast<std::int64_t>(*width), std::abs(rows), {}};
}

std::optional<PictureHeader> read_tiff(ByteWalker& bytes) {
    TiffBlock block(bytes, 0, bytes.size());
    const auto width = block.tag(kTagWidth);
    const auto height = block.tag(kTagHeight);
    if (!width || !height) {
        return std::nullopt;
    }
    return PictureHeader{static_cast<std::int64_t>(*width), static_cast<std::int64_t>(*height),
                         orientation_at(bytes, 0, bytes.size())};
}

std::optional<PictureHeader> read_gif(ByteWalker& bytes) {
    const auto width = bytes.little_endian(6, 2);
    const auto height = bytes.little_endian(8, 2);
    if (!width || !height) {
        return std::nullopt;
    }
    return PictureHeader{static_cast<std::int64_t>(*width), static_cast<std::int64_t>(*height), {}};
}

std::optional<PictureHeader> read_webp(ByteWalker& bytes) {
    PictureHeader header;
    if (bytes.has(12, "VP8X")) {
        header.width = static_cast<std::int64_t>(bytes.little_endian(24, 3).value_or(0)) + 1;
        header.height = static_cast<std::int64_t>(bytes.little_endian(27, 3).value_or(0)) + 1;
    } else if (bytes.has(12, "VP8L")) {
        const std::uint64_t bits = bytes.little_endian(21, 4).value_or(0);
        header.width = static_cast<std::int64_t>(bits & 0x3fffU) + 1;
        header.height = static_cast<std::int64_t>(bits >> 14U & 0x3fffU) + 1;
    } else if (bytes.has(12, "VP8 ")) {
        header.width = static_cast<std::int64_t>(bytes.little_endian(26, 2).value_or(0) & 0x3fffU);
        header.height = static_cast<std::int64_t>(bytes.little_endian(28, 2).value_or(0) & 0x3fffU);
    } else {
        return std::nullopt;
    }
    std::uint64_t offset = 12;
    for (int chunk = 0; chunk < kMaxSegments; ++chunk) {
        const auto length = bytes.little_endian(offset + 4, 4);
        if (!length) {
            break;
        }
        if (bytes.has(offset, "EXIF")) {
            // Some writers repeat the prefix that JPEG needs.
            const std::uint64_t prefix = bytes.has(offset + 8, "Exif\0\0"sv) ? 6 : 0;
            header.orientation =
                orientation_at(bytes, offset + 8 + prefix, *length - std::min(prefix, *length));
            break;
        }
        offset += 8 + *length + (*length & 1U);
    }
    return header;
}

}  // namespace

std::optional<PictureHeader> read_picture_header(const ByteSource& source) {
    ByteWalker bytes(source);
    if (bytes.has(0, "\xff\xd8\xff")) {
        return read_jpeg(bytes);
    }
    if (bytes.has(0, "\x89PNG\r\n\x1a\n") && bytes.has(12, "IHDR")) {
        return read_png(bytes);
    }
    if (bytes.has(0, "GIF8")) {
        return read_gif(bytes);
    }
    if (bytes.has(0, "RIFF") && bytes.has(8, "WEBP")) {
        return read_webp(bytes);
    }
    if (bytes.has(0, "II*\0"sv) || bytes.has(0, "MM\0*"sv)) {
        return read_tiff(bytes);
    }
    return bytes.has(0, "BM") ? read_bmp(bytes) : std::nullopt;
}

}  // namespace refrain::media
