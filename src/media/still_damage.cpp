#include "media/still_damage.h"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace refrain::media {
namespace {

using namespace std::string_view_literals;

struct BmpHeader {
    std::uint64_t pixels = 0;  ///< where they begin
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    std::uint64_t bits = 0;
    std::uint64_t compression = 0;
};

std::optional<BmpHeader> read_bmp(ByteWalker& bytes) {
    constexpr std::uint64_t kOldHeader = 12;
    const bool is_old = bytes.little_endian(14, 4) == kOldHeader;
    const unsigned side = is_old ? 2 : 4;
    const auto pixels = bytes.little_endian(10, 4);
    const auto width = bytes.little_endian(18, side);
    const auto height = bytes.little_endian(18 + side, side);
    const auto bits = bytes.little_endian(is_old ? 24 : 28, 2);
    const auto compression = is_old ? std::optional<std::uint64_t>(0) : bytes.little_endian(30, 4);
    if (!pixels || !width || !height || !bits || !compression) {
        return std::nullopt;
    }
    // A negative height means rows from the top.
    const std::int64_t rows =
        is_old ? static_cast<std::int64_t>(*height) : static_cast<std::int32_t>(*height);
    return BmpHeader{*pixels, *width, static_cast<std::uint64_t>(std::abs(rows)), *bits,
                     *compression};
}

/// Follows the runs of a BMP file up to its end mark.
class BmpRuns {
  public:
    BmpRuns(ByteWalker& bytes, const BmpHeader& header) : bytes_(bytes), header_(header) {}

    std::string walk() {
        for (std::uint64_t offset = header_.pixels;;) {
            const auto count = bytes_.byte(offset);
            const auto value = bytes_.byte(offset + 1);
            if (!count || !value) {
                return "the BMP file ends within its pixels";
            }
            offset += 2;
            if (*count > 0) {
                x_ += *count;
            } else if (*value == kEndOfPicture) {
                return is_complete() ? "" : "the pixels of the BMP file end early";
            } else {
                offset += escape(*value, offset);
            }
            if (x_ > header_.width || y_ > header_.height) {
                return "a run of the BMP file leaves the picture";
            }
        }
    }

  private:
    static constexpr std::uint8_t kEndOfRow = 0;
    static constexpr std::uint8_t kEndOfPicture = 1;
    static constexpr std::uint8_t kMove = 2;

    /// @return how many bytes belong to the escape
    std::uint64_t escape(std::uint8_t value, std::uint64_t offset) {
        if (value == kEndOfRow) {
            x_ = 0;
            ++y_;
            return 0;
        }
        if (value == kMove) {
            has_moved_ = true;
            x_ += bytes_.byte(offset).value_or(0);
            y_ += bytes_.byte(offset + 1).value_or(0);
            return 2;
        }
        x_ += value;
        constexpr std::uint64_t kRle8 = 1;
        const std::uint64_t stored = header_.compression == kRle8 ? value : (value + 1U) / 2U;
        return stored + (stored & 1U);
    }

    [[nodiscard]] bool is_complete() const {
        return has_moved_ || y_ >= header_.height ||
               (y_ + 1 == header_.height && x_ == header_.width);
    }

    ByteWalker& bytes_;
    const BmpHeader& header_;
    std::uint64_t x_ = 0;
    std::uint64_t y_ = 0;
    bool has_moved_ = false;
};

/// Where the blocks of an OpenEXR file are listed, and how many there should be.
struct ExrTable {
    std::uint64_t offset = 0;
    std::uint64_t blocks = 0;
};

std::uint64_t rows_of_exr_block(std::uint64_t compression) {
    switch (compression) {
        case 3:  // ZIP
        case 5:  // PXR24
            return 16;
        case 4:  // PIZ
        case 6:  // B44
        case 7:  // B44A
        case 8:  // DWAA
            return 32;
        case 9:  // DWAB
            return 256;
        default:
            return 1;
    }
}

/// The offset behind the text at `offset` and its zero.
std::uint64_t behind_text(ByteWalker& bytes, std::uint64_t offset) {
    constexpr std::uint64_t kMaxText = 256;
    const std::uint64_t end = offset + kMaxText;
    while (offset < end && bytes.byte(offset).value_or(0) != 0) {
        ++offset;
    }
    return offset + 1;
}

std::optional<ExrTable> read_exr(ByteWalker& bytes) {
    constexpr int kMaxAttributes = 4096;
    std::uint64_t compression = 0;
    std::optional<std::uint64_t> rows;
    std::uint64_t offset = 8;
    for (int attribute = 0; attribute < kMaxAttributes; ++attribute) {
        const std::uint64_t name = offset;
        if (bytes.byte(name).value_or(0) == 0) {
            break;
        }
        offset = behind_text(bytes, behind_text(bytes, name));
        const auto size = bytes.little_endian(offset, 4);
        if (!size) {
            return std::nullopt;
        }
        offset += 4;
        if (bytes.has(name, "compression\0"sv)) {
            compression = bytes.byte(offset).value_or(0);
        } else if (bytes.has(name, "dataWindow\0"sv)) {
            const auto top =
                static_cast<std::int32_t>(bytes.little_endian(offset + 4, 4).value_or(0));
            const auto bottom =
                static_cast<std::int32_t>(bytes.little_endian(offset + 12, 4).value_or(0));
            const std::int64_t count = std::int64_t{bottom} - top + 1;
            if (count > 0) {
                rows = static_cast<std::uint64_t>(count);
            }
        }
        offset += *size;
    }
    if (!rows) {
        return std::nullopt;
    }
    const std::uint64_t in_block = rows_of_exr_block(compression);
    return ExrTable{offset + 1, (*rows + in_block - 1) / in_block};
}

/// The numbers of a plain PNM file, one after the other.
class PlainNumbers {
  public:
    explicit PlainNumbers(ByteWalker& bytes) : bytes_(bytes) {}

    [[nodiscard]] bool is_damaged() const { return is_damaged_; }

    /// The next number; nothing at the end, or at what is none.
    std::optional<std::uint64_t> next() {
        bool is_in_comment = false;
        while (const auto letter = bytes_.byte(offset_)) {
            if (is_digit(*letter) && !is_in_comment) {
                return number();
            }
            const bool is_space = *letter == ' ' || (*letter >= '\t' && *letter <= '\r');
            is_in_comment = is_in_comment ? *letter != '\n' : *letter == '#';
            if (!is_space && !is_in_comment) {
                is_damaged_ = true;
                return std::nullopt;
            }
            ++offset_;
        }
        return std::nullopt;
    }

  private:
    static bool is_digit(std::uint8_t letter) { return letter >= '0' && letter <= '9'; }

    std::uint64_t number() {
        constexpr std::uint64_t kMost = UINT32_MAX;
        std::uint64_t value = 0;
        for (auto letter = bytes_.byte(offset_); letter && is_digit(*letter);
             letter = bytes_.byte(++offset_)) {
            value = value * 10 + (*letter - std::uint64_t{'0'});
            value = value > kMost ? kMost : value;
        }
        return value;
    }

    ByteWalker& bytes_;
    std::uint64_t offset_ = 2;
    bool is_damaged_ = false;
};

}  // namespace

std::string walk_bmp(ByteWalker& bytes) {
    const std::optional<BmpHeader> header = read_bmp(bytes);
    if (!header) {
        return {};
    }
    constexpr std::uint64_t kRle8 = 1;
    constexpr std::uint64_t kRle4 = 2;
    constexpr std::uint64_t kFields = 3;
    constexpr std::uint64_t kFieldsAndAlpha = 6;
    switch (header->compression) {
        case kRle8:
        case kRle4:
            return BmpRuns(bytes, *header).walk();
        case 0:
        case kFields:
        case kFieldsAndAlpha: {
            const std::uint64_t row = (header->width * header->bits + 31) / 32 * 4;
            const bool fits = row == 0 || header->height <= (bytes.size() - header->pixels) / row;
            return header->pixels <= bytes.size() && fits ? ""
                                                          : "the BMP file ends within its pixels";
        }
        default:
            return {};
    }
}

std::string walk_sun_raster(ByteWalker& bytes) {
    constexpr std::uint64_t kHeaderBytes = 32;
    const std::uint64_t pixels = bytes.big_endian(16, 4).value_or(0);
    const std::uint64_t colors = bytes.big_endian(28, 4).value_or(0);
    return kHeaderBytes + colors + pixels <= bytes.size() ? "" : "the file ends within its pixels";
}

std::string walk_qoi(ByteWalker& bytes) {
    const std::uint64_t wanted =
        bytes.big_endian(4, 4).value_or(0) * bytes.big_endian(8, 4).value_or(0);
    std::uint64_t offset = 14;
    std::uint64_t pixels = 0;
    while (pixels < wanted) {
        const auto code = bytes.byte(offset);
        if (!code) {
            return "the QOI file ends within its pixels";
        }
        // https://qoiformat.org/qoi-specification.pdf
        if (*code == 0xfe || *code == 0xff) {
            offset += *code == 0xfe ? 4U : 5U;
            ++pixels;
        } else if (*code >= 0xc0) {
            offset += 1;
            pixels += (*code & 0x3fU) + 1U;
        } else {
            offset += *code >= 0x80 ? 2U : 1U;
            ++pixels;
        }
    }
    const bool ends_well = pixels == wanted && bytes.has(offset, "\0\0\0\0\0\0\0\1"sv);
    return ends_well ? "" : "the pixels of the QOI file do not end where its end mark stands";
}

std::string walk_exr(ByteWalker& bytes) {
    constexpr std::uint64_t kTiledDeepOrParts = 0x1a00;
    const auto version = bytes.little_endian(4, 4);
    if (!version || (*version & kTiledDeepOrParts) != 0) {
        return {};
    }
    const std::optional<ExrTable> table = read_exr(bytes);
    if (!table) {
        return {};
    }
    constexpr std::uint64_t kEntryBytes = 8;
    if (table->offset > bytes.size() ||
        table->blocks > (bytes.size() - table->offset) / kEntryBytes) {
        return "the OpenEXR file ends within its table of blocks";
    }
    for (std::uint64_t block = 0; block < table->blocks; ++block) {
        const auto start = bytes.little_endian(table->offset + block * kEntryBytes, 8);
        const auto length = start ? bytes.little_endian(*start + 4, 4) : std::nullopt;
        if (!length || *start > bytes.size() || *length + 8 > bytes.size() - *start) {
            return "a block of the OpenEXR file lies behind its end";
        }
    }
    return {};
}

std::string walk_plain_pnm(ByteWalker& bytes) {
    PlainNumbers numbers(bytes);
    const auto width = numbers.next();
    const auto height = numbers.next();
    const auto most = numbers.next();
    if (!width || !height || !most) {
        return {};  // which no decoder passes over
    }
    const std::uint64_t wanted = *width * *height * (bytes.has(0, "P3") ? 3 : 1);
    std::uint64_t count = 0;
    while (const auto number = numbers.next()) {
        ++count;
        if (*number > *most) {
            return "a number of the picture is larger than its largest";
        }
    }
    if (numbers.is_damaged()) {
        return "the picture holds what is no number";
    }
    return count == wanted ? "" : "the picture has not as many numbers as samples";
}

}  // namespace refrain::media
