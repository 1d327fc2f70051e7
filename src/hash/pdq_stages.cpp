#include "hash/pdq_stages.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace refrain::hash {

namespace {

constexpr int kBlurRounds = 2;
constexpr int kQualityDivisor = 90;
constexpr int kMaxQuality = 100;

/// The box around an output sample: it and the `before` samples before, the `after` samples after.
struct Box {
    int before;
    int after;
    int length;  ///< samples along the side

    explicit Box(int side)
        : before((box_window(side) - 1) / 2), after(box_window(side) / 2), length(side) {}

    [[nodiscard]] int entering(int at) const { return at + after; }
    [[nodiscard]] int leaving(int at) const { return at - before - 1; }
    [[nodiscard]] bool enters(int at) const { return entering(at) < length; }
    [[nodiscard]] bool leaves(int at) const { return leaving(at) >= 0; }
    [[nodiscard]] float count(int at) const {
        return static_cast<float>(std::min(entering(at), length - 1) - std::max(leaving(at), -1));
    }
};

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
    FloatPlane luma(picture.width, picture.height);
    for (int r = 0; r < picture.height; ++r) {
        const std::uint8_t* in = picture.row(r);
        float* out = luma.row(r);
        for (int c = 0; c < picture.width; ++c, in += 3) {
            out[c] = 0.299F * static_cast<float>(in[0]) + 0.587F * static_cast<float>(in[1]) +
                     0.114F * static_cast<float>(in[2]);
        }
    }
    return luma;
}

int box_window(int side) {
    constexpr int kDivisor = 2 * kDecimatedSide;
    return side / kDivisor + (side % kDivisor == 0 ? 0 : 1);
}

FloatPlane box_filter_rows(const FloatPlane& plane) {
    FloatPlane filtered(plane.width, plane.height);
    const Box box(plane.width);
    for (int r = 0; r < plane.height; ++r) {
        const float* in = plane.row(r);
        float* out = filtered.row(r);
        float sum = 0.0F;
        for (int c = 0; c < box.after; ++c) {
            sum += in[c];
        }
        for (int c = 0; c < plane.width; ++c) {
            if (box.enters(c)) {
                sum += in[box.entering(c)];
            }
            if (box.leaves(c)) {
                sum -= in[box.leaving(c)];
            }
            out[c] = sum / box.count(c);
        }
    }
    return filtered;
}

FloatPlane box_filter_columns(const FloatPlane& plane) {
    FloatPlane filtered(plane.width, plane.height);
    const Box box(plane.height);
    for (int c = 0; c < plane.width; ++c) {
        float sum = 0.0F;
        for (int r = 0; r < box.after; ++r) {
            sum += plane.row(r)[c];
        }
        for (int r = 0; r < plane.height; ++r) {
            if (box.enters(r)) {
                sum += plane.row(box.entering(r))[c];
            }
            if (box.leaves(r)) {
                sum -= plane.row(box.leaving(r))[c];
            }
            filtered.row(r)[c] = sum / box.count(r);
        }
    }
    return filtered;
}

FloatPlane blur(FloatPlane plane) {
    for (int round = 0; round < kBlurRounds; ++round) {
        plane = box_filter_rows(plane);
        plane = box_filter_columns(plane);
    }
    return plane;
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
    FloatPlane luma = luma_plane(picture);
    if (picture.width == kDecimatedSide && picture.height == kDecimatedSide) {
        return decimate(luma);
    }
    return decimate(blur(std::move(luma)));
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

ViewSymmetry symmetry_of(DihedralView view) {
    switch (view) {
        case DihedralView::kOriginal:
            return {false, false, false};
        case DihedralView::kRotate90:
            return {true, true, false};
        case DihedralView::kRotate180:
            return {false, true, true};
        case DihedralView::kRotate270:
            return {true, false, true};
        case DihedralView::kFlipX:
            return {false, true, false};
        case DihedralView::kFlipY:
            return {false, false, true};
        case DihedralView::kFlipPlus1:
            return {true, false, false};
        case DihedralView::kFlipMinus1:
            return {true, true, true};
    }
    return {false, false, false};
}

DctBlock transformed(const DctBlock& block, DihedralView view) {
    constexpr std::size_t kBlock = kBlockSide;
    const ViewSymmetry symmetry = symmetry_of(view);
    DctBlock result{};
    for (std::size_t i = 0; i < kBlock; ++i) {
        for (std::size_t j = 0; j < kBlock; ++j) {
            const float value = block[symmetry.transposes ? j * kBlock + i : i * kBlock + j];
            // Index 0 is frequency 1: reversing a side negates the odd frequencies along it.
            const bool is_negated =
                (symmetry.reverses_rows && i % 2 == 0) != (symmetry.reverses_columns && j % 2 == 0);
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
        views[v] = threshold(transformed(block, static_cast<DihedralView>(v)));
    }
    return views;
}

PdqHash pdq_hash_plain(const frame::RgbView& picture) {
    const DecimatedPicture small = shrink(picture);
    return {threshold(low_frequencies(small)), picture_quality(small)};
}

}  // namespace refrain::hash
