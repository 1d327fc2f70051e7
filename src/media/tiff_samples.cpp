#include "media/tiff_samples.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "media/sample_range.h"

namespace refrain::media {
namespace {

constexpr std::uint16_t kWidestInteger = 32;

std::uint16_t colors_of(const TiffPage& page) {
    switch (page.photometric) {
        case PHOTOMETRIC_MINISWHITE:
        case PHOTOMETRIC_MINISBLACK:
            return 1;
        case PHOTOMETRIC_RGB:
            return 3;
        case PHOTOMETRIC_SEPARATED:
            return 4;
        default:
            return 0;
    }
}

float half_to_float(std::uint16_t half) {
    const int exponent = half >> 10 & 0x1f;
    const int fraction = half & 0x3ff;
    const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
    constexpr int kInfinite = 31;
    if (exponent == kInfinite) {
        return std::numeric_limits<float>::quiet_NaN();
    }
    return exponent == 0 ? sign * std::ldexp(static_cast<float>(fraction), -24)
                         : sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

/// Floating point of three bytes: 1 bit sign, 7 exponent, 16 fraction (Adobe's TIFF note 3).
float short_to_float(std::uint32_t bits) {
    const int exponent = static_cast<int>(bits >> 16U & 0x7fU);
    const auto fraction = static_cast<float>(bits & 0xffffU);
    const float sign = (bits & 0x800000U) != 0 ? -1.0F : 1.0F;
    return exponent == 0 ? sign * std::ldexp(fraction, -78)
                         : sign * std::ldexp(fraction + 65536.0F, exponent - 79);
}

/// Samples as libtiff hands them out: whole bytes in the machine's order, other widths packed from
/// the highest bit on.
class SampleRow {
  public:
    SampleRow(const std::uint8_t* data, const TiffPage& page) : data_(data), page_(page) {}

    [[nodiscard]] double at(std::uint64_t index) const {
        return page_.sample_format == SAMPLEFORMAT_IEEEFP ? floating(index)
                                                          : static_cast<double>(integer(index));
    }

  private:
    template <typename Number>
    [[nodiscard]] Number load(std::uint64_t index) const {
        Number value{};
        std::memcpy(&value, data_ + index * sizeof(Number), sizeof(Number));
        return value;
    }

    [[nodiscard]] std::uint32_t load24(std::uint64_t index) const {
        const std::uint8_t* at = data_ + index * 3;
        const bool is_big = std::endian::native == std::endian::big;
        const std::uint32_t low = at[is_big ? 2 : 0];
        const std::uint32_t high = at[is_big ? 0 : 2];
        return low | std::uint32_t{at[1]} << 8U | high << 16U;
    }

    [[nodiscard]] double floating(std::uint64_t index) const {
        switch (page_.bits) {
            case 16:
                return half_to_float(load<std::uint16_t>(index));
            case 24:
                return short_to_float(load24(index));
            case 32:
                return load<float>(index);
            default:
                return load<double>(index);
        }
    }

    [[nodiscard]] std::uint64_t integer(std::uint64_t index) const {
        switch (page_.bits) {
            case 8:
                return data_[index];
            case 16:
                return load<std::uint16_t>(index);
            case 24:
                return load24(index);
            case 32:
                return load<std::uint32_t>(index);
            default:
                break;
        }
        std::uint64_t value = 0;
        for (std::uint64_t bit = index * page_.bits; bit < (index + 1) * page_.bits; ++bit) {
            value = value << 1U | (data_[bit / 8] >> (7 - bit % 8) & 1U);
        }
        return value;
    }

    const std::uint8_t* data_;
    const TiffPage& page_;
};

/// Decodes the strips or tiles of a page and hands out their samples.
class SampleBlocks {
  public:
    SampleBlocks(TiffFile& file, const TiffPage& page)
        : file_(file), page_(page), is_apart_(page.planes == PLANARCONFIG_SEPARATE) {
        const std::uint64_t in_row =
            std::uint64_t{page.block_width} * (is_apart_ ? 1U : page.samples);
        row_bytes_ = (in_row * page.bits + 7) / 8;
        const std::uint64_t block_bytes = row_bytes_ * page.block_height;
        wanted_ = colors_of(page) + (has_alpha() ? 1 : 0);
        planes_.resize(is_apart_ ? static_cast<std::size_t>(wanted_) : 1);
        for (std::vector<std::uint8_t>& plane : planes_) {
            plane.resize(static_cast<std::size_t>(block_bytes));
        }
    }

    [[nodiscard]] bool has_alpha() const {
        return (page_.alpha == EXTRASAMPLE_ASSOCALPHA || page_.alpha == EXTRASAMPLE_UNASSALPHA) &&
               page_.samples > colors_of(page_);
    }

    /// Fills the block's samples; what cannot be decoded is zero.
    void read(const TiffBlock& block) {
        for (std::size_t plane = 0; plane < planes_.size(); ++plane) {
            std::vector<std::uint8_t>& into = planes_[plane];
            std::fill(into.begin(), into.end(), std::uint8_t{0});
            const auto sample = static_cast<std::uint16_t>(plane);
            const auto size = static_cast<tmsize_t>(into.size());
            if (page_.is_tiled) {
                const auto tile = TIFFComputeTile(file_.handle(), block.x, block.y, 0, sample);
                static_cast<void>(TIFFReadEncodedTile(file_.handle(), tile, into.data(), size));
            } else {
                const auto strip = TIFFComputeStrip(file_.handle(), block.y, sample);
                const auto there = static_cast<tmsize_t>(row_bytes_ * block.height);
                static_cast<void>(TIFFReadEncodedStrip(file_.handle(), strip, into.data(), there));
            }
        }
    }

    /// Sample `sample` of a pixel of the block that was read last.
    [[nodiscard]] double at(std::uint32_t x, std::uint32_t y, std::uint16_t sample) const {
        const std::size_t plane = is_apart_ ? sample : 0;
        const SampleRow row(planes_[plane].data() + y * row_bytes_, page_);
        return row.at(is_apart_ ? x : std::uint64_t{x} * page_.samples + sample);
    }

  private:
    TiffFile& file_;
    const TiffPage& page_;
    bool is_apart_;
    int wanted_ = 0;
    std::uint64_t row_bytes_ = 0;
    std::vector<std::vector<std::uint8_t>> planes_;
};

/// One pixel of samples that go from 0 to 255.
void put_pixel(const TiffPage& page,
               const std::uint8_t* in,
               std::uint8_t alpha,
               std::uint8_t* out) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
        switch (page.photometric) {
            case PHOTOMETRIC_MINISWHITE:
                out[channel] = static_cast<std::uint8_t>(255 - in[0]);
                break;
            case PHOTOMETRIC_SEPARATED:
                out[channel] = static_cast<std::uint8_t>((255 - in[channel]) * (255 - in[3]) / 255);
                break;
            default:
                out[channel] = in[page.photometric == PHOTOMETRIC_RGB ? channel : 0];
        }
    }
    out[3] = alpha;
}

SampleRange full_range(const TiffPage& page) { return {0, std::ldexp(1.0, page.bits) - 1}; }

/// Decodes once for the range of floating point that occurs.
Result<SampleRange> find_range(TiffFile& file, const TiffPage& page, SampleBlocks& blocks) {
    if (page.sample_format != SAMPLEFORMAT_IEEEFP) {
        return full_range(page);
    }
    OccurringSamples values;
    const Result<void> read = each_block(page, [&](const TiffBlock& block) {
        blocks.read(block);
        for (std::uint32_t y = 0; y < block.height; ++y) {
            for (std::uint32_t x = 0; x < block.width; ++x) {
                for (std::uint16_t sample = 0; sample < colors_of(page); ++sample) {
                    values.take(blocks.at(x, y, sample));
                }
            }
        }
        return file.check();
    });
    if (!read) {
        return read.error();
    }
    return values.range();
}

bool can_read(const TiffPage& page) {
    switch (page.sample_format) {
        case SAMPLEFORMAT_IEEEFP:
            return page.bits == 16 || page.bits == 24 || page.bits == 32 || page.bits == 64;
        case SAMPLEFORMAT_UINT:
        case SAMPLEFORMAT_INT:
        case SAMPLEFORMAT_VOID:
            return page.bits >= 1 && page.bits <= kWidestInteger;
        default:
            return false;  // complex numbers
    }
}

}  // namespace

Result<void> end_block(TiffFile& file,
                       const TiffPage& page,
                       const TiffBlock& block,
                       TiffPixels& pixels) {
    ++pixels.blocks;
    std::string problem = file.take_problem();
    if (problem.empty()) {
        problem = check_stored(file, page, block);
    }
    if (!problem.empty()) {
        ++pixels.damaged;
        pixels.problem = pixels.problem.empty() ? std::move(problem) : pixels.problem;
    }
    return file.check();
}

bool has_unusual_samples(const TiffPage& page) {
    const std::uint16_t colors = colors_of(page);
    if (colors == 0 || page.samples < colors) {
        return false;
    }
    if (page.sample_format == SAMPLEFORMAT_IEEEFP || page.sample_format > SAMPLEFORMAT_VOID) {
        return true;
    }
    // What libtiff turns into RGB by itself, it does with full precision of 8 bits and all alpha.
    const bool is_grey = colors == 1;
    const bool is_usual_width =
        page.bits == 8 || (is_grey && (page.bits == 1 || page.bits == 2 || page.bits == 4));
    return !is_usual_width || (is_grey && page.samples > 1);
}

Result<TiffPixels> read_tiff_samples(TiffFile& file, const TiffPage& page) {
    if (!can_read(page)) {
        return Error{ErrorCode::kUnsupportedFormat,
                     fmt::format("TIFF samples of {} bits and format {} are not read", page.bits,
                                 page.sample_format)};
    }
    SampleBlocks blocks(file, page);
    const Result<SampleRange> range = find_range(file, page, blocks);
    if (!range) {
        return range.error();
    }
    TiffPixels pixels;
    pixels.problem = file.take_problem();
    pixels.is_premultiplied = page.alpha == EXTRASAMPLE_ASSOCALPHA;
    pixels.rgba.resize(std::size_t{4} * page.width * page.height);
    const SampleRange alpha_range =
        page.sample_format == SAMPLEFORMAT_IEEEFP ? SampleRange{} : full_range(page);
    const std::uint16_t colors = colors_of(page);
    const Result<void> read = each_block(page, [&](const TiffBlock& block) {
        blocks.read(block);
        for (std::uint32_t y = 0; y < block.height; ++y) {
            std::uint8_t* out =
                pixels.rgba.data() + 4 * (std::size_t{block.y + y} * page.width + block.x);
            for (std::uint32_t x = 0; x < block.width; ++x, out += 4) {
                std::array<std::uint8_t, 4> in{};
                for (std::uint16_t sample = 0; sample < colors; ++sample) {
                    in[sample] = range->level(blocks.at(x, y, sample));
                }
                const std::uint8_t alpha =
                    blocks.has_alpha() ? alpha_range.level(blocks.at(x, y, colors)) : 255;
                put_pixel(page, in.data(), alpha, out);
            }
        }
        return end_block(file, page, block, pixels);
    });
    if (!read) {
        return read.error();
    }
    return pixels;
}

}  // namespace refrain::media
