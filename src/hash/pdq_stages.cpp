#include "hash/pdq_stages.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace refrain::hash {

namespace {

constexpr int kBlurRounds = 2;
constexpr int kQualityDivisor = 90;
constexpr int kMaxQuality = 100;

/// Samples that lie `stride` floats apart.
struct Line {
    int length;
    std::ptrdiff_t stride;
};

/// Means under a box that slides along a line, by a running sum: each output sample adds the one
/// that enters the box and takes away the one that leaves it. Three stretches, so that nothing is
/// asked in the middle one: the box grows at the start, is whole, and shrinks at the end.
void box_filter_line(const float* in, float* out, Line line, int window) {
    const std::ptrdiff_t stride = line.stride;
    // Output i is the mean of the inputs i - before to i + after that exist.
    const int after = std::min(window / 2, line.length);
    const int before = (window - 1) / 2;
    const float* entering = in;
    const float* leaving = in;
    float sum = 0.0F;
    int count = 0;
    for (; count < after; ++count, entering += stride) {
        sum += *entering;
    }
    int at = 0;
    const int grown = std::min(before + 1, line.length - after);
    for (; at < grown; ++at, entering += stride, out += stride) {
        sum += *entering;
        ++count;
        *out = sum / static_cast<float>(count);
    }
    const auto whole = static_cast<float>(count);
    for (; at < line.length - after; ++at) {
        sum += *entering;
        sum -= *leaving;
        *out = sum / whole;
        entering += stride;
        leaving += stride;
        out += stride;
    }
    for (; at < line.length; ++at, out += stride) {
        if (at > before) {
            sum -= *leaving;
            leaving += stride;
            --count;
        }
        *out = sum / static_cast<float>(count);
    }
}

const DctMatrix& dct_matrix() {
    static const DctMatrix matrix = make_dct_matrix();
    return matrix;
}

/// How much of the quality one step between neighbours makes; truncated, so small steps count 0.
int step_of(float from, float to) {
    return std::abs(static_cast<int>((from - to) * 100.0F / 255.0F));
}

}  // namespace

FloatPlane luma_plane(const frame::RgbView& picture) {
    FloatPlane luma(0, 0);
    luma_plane(picture, luma);
    return luma;
}

void luma_plane(const frame::RgbView& picture, FloatPlane& luma) {
    luma.resize(picture.width, picture.height);
    for (int r = 0; r < picture.height; ++r) {
        const std::uint8_t* in = picture.row(r);
        float* out = luma.row(r);
        for (int c = 0; c < picture.width; ++c, in += 3) {
            out[c] = 0.299F * static_cast<float>(in[0]) + 0.587F * static_cast<float>(in[1]) +
                     0.114F * static_cast<float>(in[2]);
        }
    }
}

int box_window(int side) {
    constexpr int kDivisor = 2 * kDecimatedSide;
    return side / kDivisor + (side % kDivisor == 0 ? 0 : 1);
}

void box_filter_rows(const FloatPlane& plane, FloatPlane& filtered) {
    filtered.resize(plane.width, plane.height);
    for (int r = 0; r < plane.height; ++r) {
        box_filter_line(plane.row(r), filtered.row(r), {plane.width, 1}, box_window(plane.width));
    }
}

void box_filter_columns(const FloatPlane& plane, FloatPlane& filtered) {
    filtered.resize(plane.width, plane.height);
    for (int c = 0; c < plane.width; ++c) {
        box_filter_line(plane.row(0) + c, filtered.row(0) + c, {plane.height, plane.width},
                        box_window(plane.height));
    }
}

void blur(FloatPlane& plane, FloatPlane& spare) {
    for (int round = 0; round < kBlurRounds; ++round) {
        box_filter_rows(plane, spare);
        box_filter_columns(spare, plane);
    }
}

DctMatrix make_dct_matrix() {
    // The reference rounds the scale to float before it multiplies in double, and rounds again.
    const double scale = static_cast<float>(std::sqrt(2.0 / kDecimatedSide));
    const double step = std::numbers::pi / 2 / kDecimatedSide;
    DctMatrix matrix{};
    for (int i = 0; i < kBlockSide; ++i) {
        for (int j = 0; j < kDecimatedSide; ++j) {
            matrix[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] =
                static_cast<float>(scale * std::cos(step * (i + 1) * (2 * j + 1)));
        }
    }
    return matrix;
}

DecimatedPicture decimate(const FloatPlane& plane) {
    DecimatedPicture picture{};
    auto out = picture.begin();
    for (int i = 0; i < kDecimatedSide; ++i) {
        const float* in = plane.row(static_cast<int>((i + 0.5) * plane.height / kDecimatedSide));
        for (int j = 0; j < kDecimatedSide; ++j) {
            *out++ = in[static_cast<int>((j + 0.5) * plane.width / kDecimatedSide)];
        }
    }
    return picture;
}

DecimatedPicture shrink(const frame::RgbView& picture) {
    PlainPlanes planes;
    return shrink(picture, planes);
}

DecimatedPicture shrink(const frame::RgbView& picture, PlainPlanes& planes) {
    luma_plane(picture, planes.luma);
    if (picture.width != kDecimatedSide || picture.height != kDecimatedSide) {
        blur(planes.luma, planes.spare);
    }
    return decimate(planes.luma);
}

std::uint8_t picture_quality(const DecimatedPicture& picture) {
    constexpr std::size_t kSide = kDecimatedSide;
    int sum = 0;
    for (std::size_t i = 0; i + kSide < picture.size(); ++i) {
        sum += step_of(picture[i], picture[i + kSide]);
    }
    for (std::size_t row = 0; row < picture.size(); row += kSide) {
        for (std::size_t i = row; i + 1 < row + kSide; ++i) {
            sum += step_of(picture[i], picture[i + 1]);
        }
    }
    return quality_of_steps(sum);
}

std::uint8_t quality_of_steps(int sum) {
    return static_cast<std::uint8_t>(std::min(sum / kQualityDivisor, kMaxQuality));
}

DctBlock low_frequencies(const DecimatedPicture& picture) {
    constexpr std::size_t kSide = kDecimatedSide;
    constexpr std::size_t kBlock = kBlockSide;
    const DctMatrix& matrix = dct_matrix();
    DctBlock block{};
    for (std::size_t i = 0; i < kBlock; ++i) {
        // Each sum runs over k upwards from zero, as the reference's; only the loops are exchanged.
        std::array<float, kSide> down{};
        for (std::size_t k = 0; k < kSide; ++k) {
            for (std::size_t j = 0; j < kSide; ++j) {
                down[j] += matrix[i][k] * picture[k * kSide + j];
            }
        }
        for (std::size_t j = 0; j < kBlock; ++j) {
            float sum = 0.0F;
            for (std::size_t k = 0; k < kSide; ++k) {
                sum += down[k] * matrix[j][k];
            }
            block[i * kBlock + j] = sum;
        }
    }
    return block;
}

DctBlock transformed(const DctBlock& block, const frame::Dihedral& way) {
    constexpr std::size_t kBlock = kBlockSide;
    DctBlock result{};
    for (std::size_t i = 0; i < kBlock; ++i) {
        for (std::size_t j = 0; j < kBlock; ++j) {
            const float value = block[way.transposes ? j * kBlock + i : i * kBlock + j];
            // Index 0 is frequency 1: reversing a side negates the odd frequencies along it.
            const bool is_negated = (way.flips_y && i % 2 == 0) != (way.flips_x && j % 2 == 0);
            result[i * kBlock + j] = is_negated ? -value : value;
        }
    }
    return result;
}

float median_of(const DctBlock& block) {
    DctBlock sorted = block;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2 - 1);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
}

Hash256 threshold(const DctBlock& block) {
    const float median = median_of(block);
    Hash256 hash;
    for (int i = 0; i < Hash256::kBits; ++i) {
        if (block[static_cast<std::size_t>(i)] > median) {
            hash.set_bit(i);
        }
    }
    return hash;
}

DihedralHashes views_of(const DctBlock& block) {
    DihedralHashes views;
    for (std::size_t v = 0; v < kDihedralViews; ++v) {
        views[v] = threshold(transformed(block, frame::kDihedrals[v]));
    }
    return views;
}

PdqHash pdq_hash_plain(const frame::RgbView& picture) {
    PlainPlanes planes;
    return pdq_hash_plain(picture, planes);
}

PdqHash pdq_hash_plain(const frame::RgbView& picture, PlainPlanes& planes) {
    const DecimatedPicture small = shrink(picture, planes);
    return {threshold(low_frequencies(small)), picture_quality(small)};
}

}  // namespace refrain::hash
