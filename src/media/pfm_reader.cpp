#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "media/byte_walker.h"
#include "media/ffmpeg_io.h"
#include "media/limits_check.h"
#include "media/lone_picture.h"
#include "media/rgb_frames.h"
#include "media/sample_range.h"

namespace refrain::media {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 256;
constexpr std::uint64_t kSampleBytes = 4;
// The samples as they are stored, and the picture.
constexpr unsigned kBytesPerPixel = 15;

/// `PF` or `Pf`, width, height and a scale whose sign tells the byte order, then the rows from the
/// bottom to the top (netpbm's pfm(5)).
struct PfmHeader {
    std::int64_t width = 0;
    std::int64_t height = 0;
    std::uint64_t channels = 1;
    bool is_little = false;
    std::uint64_t pixels = 0;  ///< where they begin
};

/// The word at `offset` or behind white space; `offset` moves behind it.
std::optional<std::string> next_word(ByteWalker& bytes, std::uint64_t& offset) {
    const auto is_space = [](std::uint8_t letter) {
        return letter == ' ' || (letter >= '\t' && letter <= '\r');
    };
    std::string word;
    for (; offset < kMaxHeaderBytes; ++offset) {
        const auto letter = bytes.byte(offset);
        if (!letter) {
            return std::nullopt;
        }
        if (!is_space(*letter)) {
            word.push_back(static_cast<char>(*letter));
        } else if (!word.empty()) {
            return word;
        }
    }
    return std::nullopt;
}

template <typename Number>
std::optional<Number> number_of(const std::optional<std::string>& word) {
    Number value{};
    if (!word ||
        std::from_chars(word->data(), word->data() + word->size(), value).ec != std::errc()) {
        return std::nullopt;
    }
    return value;
}

std::optional<PfmHeader> read_header(ByteWalker& bytes) {
    PfmHeader header;
    header.channels = bytes.has(0, "PF") ? 3 : 1;
    std::uint64_t offset = 2;
    const auto width = number_of<std::int64_t>(next_word(bytes, offset));
    const auto height = number_of<std::int64_t>(next_word(bytes, offset));
    const auto scale = number_of<double>(next_word(bytes, offset));
    if (!width || !height || !scale || *scale == 0 || !std::isfinite(*scale)) {
        return std::nullopt;
    }
    header.width = *width;
    header.height = *height;
    header.is_little = *scale < 0;
    header.pixels = offset + 1;  // one white space
    return header;
}

class PfmPixels {
  public:
    PfmPixels(const PfmHeader& header, std::vector<std::uint8_t> bytes)
        : header_(header), bytes_(std::move(bytes)) {}

    /// A sample of row `y` from the top. What the file lacks is not a number.
    [[nodiscard]] float at(std::uint64_t x, std::uint64_t y, std::uint64_t channel) const {
        const auto width = static_cast<std::uint64_t>(header_.width);
        const std::uint64_t row = static_cast<std::uint64_t>(header_.height) - 1 - y;
        const std::uint64_t offset =
            ((row * width + x) * header_.channels + channel) * kSampleBytes;
        if (offset + kSampleBytes > bytes_.size()) {
            return std::nanf("");
        }
        std::uint32_t bits = 0;
        std::memcpy(&bits, bytes_.data() + offset, sizeof(bits));
        const bool is_native = header_.is_little == (std::endian::native == std::endian::little);
        return std::bit_cast<float>(is_native ? bits : __builtin_bswap32(bits));
    }

  private:
    const PfmHeader& header_;
    std::vector<std::uint8_t> bytes_;
};

frame::RgbImage to_rgb(const PfmHeader& header, const PfmPixels& pixels) {
    const auto width = static_cast<std::uint64_t>(header.width);
    const auto height = static_cast<std::uint64_t>(header.height);
    OccurringSamples values;
    for (std::uint64_t y = 0; y < height; ++y) {
        for (std::uint64_t x = 0; x < width; ++x) {
            for (std::uint64_t channel = 0; channel < header.channels; ++channel) {
                values.take(pixels.at(x, y, channel));
            }
        }
    }
    const SampleRange range = values.range();
    frame::RgbImage image{static_cast<int>(width), static_cast<int>(height), {}};
    image.pixels.reserve(3 * width * height);
    for (std::uint64_t y = 0; y < height; ++y) {
        for (std::uint64_t x = 0; x < width; ++x) {
            for (std::uint64_t channel = 0; channel < 3; ++channel) {
                image.pixels.push_back(range.level(pixels.at(x, y, channel % header.channels)));
            }
        }
    }
    return image;
}

}  // namespace

Result<std::unique_ptr<FrameReader>> open_pfm(const ByteSource& source,
                                              const ReaderOptions& options) {
    const Result<void> alive = Deadline(options.stop, options.limits.max_wall_time).check();
    if (!alive) {
        return alive.error();
    }
    ByteWalker walker(source);
    const std::optional<PfmHeader> header = read_header(walker);
    if (!header) {
        return Error{ErrorCode::kCorrupt, "damaged PFM header"};
    }
    const Result<void> fits =
        check_picture_size(header->width, header->height, kBytesPerPixel, options.limits);
    if (!fits) {
        return fits.error();
    }
    const std::uint64_t wanted = static_cast<std::uint64_t>(header->width * header->height) *
                                 header->channels * kSampleBytes;
    const std::uint64_t there = source.size() > header->pixels ? source.size() - header->pixels : 0;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::min(wanted, there)));
    const Result<std::size_t> count =
        source.read_at(header->pixels, std::as_writable_bytes(std::span(bytes)));
    if (!count) {
        return count.error();
    }
    LonePicture made;
    made.info.container = "pfm";
    made.info.codec = "pfm";
    made.info.is_still_container = true;
    made.info.width = static_cast<int>(header->width);
    made.info.height = static_cast<int>(header->height);
    if (there < wanted) {
        made.damage = "the PFM file ends within its pixels";
    }
    if (there >= kSampleBytes) {
        made.picture = to_rgb(*header, PfmPixels(*header, std::move(bytes)));
    }
    return read_lone_picture(std::move(made));
}

}  // namespace refrain::media
