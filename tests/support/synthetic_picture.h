#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>

#include "refrain/hash256.h"

#include "frame/picture.h"

namespace refrain::test {

inline frame::RgbImage blank_picture(int width, int height, std::uint8_t level = 0) {
    frame::RgbImage image{width, height, {}};
    image.pixels.assign(
        std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), level);
    return image;
}

inline std::uint8_t* pixel_at(frame::RgbImage& image, int r, int c) {
    const std::size_t width = static_cast<std::size_t>(image.width);
    return image.pixels.data() +
           3 * (static_cast<std::size_t>(r) * width + static_cast<std::size_t>(c));
}

inline const std::uint8_t* pixel_at(const frame::RgbImage& image, int r, int c) {
    return image.view().row(r) + std::ptrdiff_t{3} * c;
}

/// Every sample independent.
inline frame::RgbImage noise_picture(int width, int height, std::uint32_t seed) {
    std::mt19937 random(seed);
    frame::RgbImage image = blank_picture(width, height);
    for (std::uint8_t& sample : image.pixels) {
        sample = static_cast<std::uint8_t>(random() & 255U);
    }
    return image;
}

/// Coloured waves of low frequencies: smooth as a photograph, and rich in the frequencies of PDQ.
inline frame::RgbImage wave_picture(int width, int height, std::uint32_t seed) {
    constexpr int kWaves = 12;
    struct Wave {
        double across, down, phase, weight[3];
    };
    std::mt19937 random(seed);
    const auto unit = [&random] {
        return static_cast<double>(random()) / 4294967296.0;
    };
    Wave waves[kWaves];
    for (Wave& wave : waves) {
        wave = {unit() * 8 - 4, unit() * 8 - 4, unit(), {unit(), unit(), unit()}};
    }
    frame::RgbImage image = blank_picture(width, height);
    for (int r = 0; r < height; ++r) {
        for (int c = 0; c < width; ++c) {
            double sums[3] = {128, 128, 128};
            for (const Wave& wave : waves) {
                const double turns = wave.across * c / width + wave.down * r / height + wave.phase;
                const double value = 25 * std::sin(2 * std::numbers::pi * turns);
                for (int channel = 0; channel < 3; ++channel) {
                    sums[channel] += value * wave.weight[channel];
                }
            }
            std::uint8_t* out = pixel_at(image, r, c);
            for (int channel = 0; channel < 3; ++channel) {
                out[channel] =
                    static_cast<std::uint8_t>(std::fmin(std::fmax(sums[channel], 0), 255));
            }
        }
    }
    return image;
}

/// Where the pixel at (r, c) of the picture after `view` comes from.
struct Source {
    int r;
    int c;
};
inline Source source_of(const frame::RgbImage& image, DihedralView view, int r, int c) {
    const int bottom = image.height - 1;
    const int right = image.width - 1;
    switch (view) {
        case DihedralView::kOriginal:
            return {r, c};
        case DihedralView::kRotate90:
            return {c, right - r};
        case DihedralView::kRotate180:
            return {bottom - r, right - c};
        case DihedralView::kRotate270:
            return {bottom - c, r};
        case DihedralView::kFlipX:
            return {bottom - r, c};
        case DihedralView::kFlipY:
            return {r, right - c};
        case DihedralView::kFlipPlus1:
            return {c, r};
        case DihedralView::kFlipMinus1:
            return {bottom - c, right - r};
    }
    return {r, c};
}

/// The picture after `view`, pixel by pixel.
inline frame::RgbImage viewed(const frame::RgbImage& image, DihedralView view) {
    const bool swaps_sides = view == DihedralView::kRotate90 || view == DihedralView::kRotate270 ||
                             view == DihedralView::kFlipPlus1 || view == DihedralView::kFlipMinus1;
    frame::RgbImage result = swaps_sides ? blank_picture(image.height, image.width)
                                         : blank_picture(image.width, image.height);
    for (int r = 0; r < result.height; ++r) {
        for (int c = 0; c < result.width; ++c) {
            const Source source = source_of(image, view, r, c);
            const std::uint8_t* in = pixel_at(image, source.r, source.c);
            std::copy(in, in + 3, pixel_at(result, r, c));
        }
    }
    return result;
}

}  // namespace refrain::test
