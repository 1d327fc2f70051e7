#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "frame/picture.h"

namespace refrain::test {

/// One plane of samples; rows are `stride` bytes apart.
struct GrayPicture {
    int width = 0;
    int height = 0;
    int stride = 0;
    std::vector<std::uint8_t> samples;

    GrayPicture(int w, int h, std::uint8_t level = 0, int padding = 0)
        : width(w),
          height(h),
          stride(w + padding),
          samples(static_cast<std::size_t>(stride) * static_cast<std::size_t>(h), level) {}

    [[nodiscard]] std::uint8_t& at(int x, int y) {
        return samples[static_cast<std::size_t>(y) * static_cast<std::size_t>(stride) +
                       static_cast<std::size_t>(x)];
    }
    [[nodiscard]] std::uint8_t at(int x, int y) const {
        return samples[static_cast<std::size_t>(y) * static_cast<std::size_t>(stride) +
                       static_cast<std::size_t>(x)];
    }
    [[nodiscard]] frame::LumaView view() const {
        frame::LumaView luma;
        luma.data = samples.data();
        luma.width = width;
        luma.height = height;
        luma.stride_bytes = stride;
        luma.is_full_range = true;
        return luma;
    }
};

/// Boxes of all sizes and levels over each other, with a little noise: corners as photographs have
/// them, at every scale and in no order.
inline GrayPicture boxes_picture(int width, int height, std::uint32_t seed) {
    std::mt19937 random(seed);
    const auto below = [&random](int end) {
        return static_cast<int>(random() % static_cast<std::uint32_t>(end));
    };
    GrayPicture picture(width, height, 128);
    for (int box = 0; box < 300; ++box) {
        const int side = 4 + below(8 + 300 / (1 + box / 8));
        const int left = below(width);
        const int top = below(height);
        const int slope = below(3) - 1;
        const auto level = static_cast<std::uint8_t>(20 + below(200));
        const int tall = side / 2 + below(side);
        for (int y = top; y < top + tall && y < height; ++y) {
            for (int x = left + slope * (y - top); x < left + slope * (y - top) + side; ++x) {
                if (x >= 0 && x < width) {
                    picture.at(x, y) = level;
                }
            }
        }
    }
    for (std::uint8_t& sample : picture.samples) {
        sample = static_cast<std::uint8_t>(sample + below(5));
    }
    return picture;
}

inline GrayPicture mirror_of(const GrayPicture& picture) {
    GrayPicture result(picture.width, picture.height);
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            result.at(x, y) = picture.at(picture.width - 1 - x, y);
        }
    }
    return result;
}

/// Squares of random levels: as many corners in one part as in any other.
inline GrayPicture squares_picture(int width, int height, int square, std::uint32_t seed) {
    std::mt19937 random(seed);
    GrayPicture picture(width, height);
    const int columns = width / square + 1;
    std::vector<std::uint8_t> levels(static_cast<std::size_t>(columns) *
                                     static_cast<std::size_t>(height / square + 1));
    for (std::uint8_t& level : levels) {
        level = static_cast<std::uint8_t>(random() & 255U);
    }
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.at(x, y) = levels[static_cast<std::size_t>(y / square * columns + x / square)];
        }
    }
    return picture;
}

/// Light and dark squares: corners that are all alike.
inline GrayPicture checkerboard(int width, int height, int square) {
    GrayPicture picture(width, height, 40);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            if ((x / square + y / square) % 2 == 0) {
                picture.at(x, y) = 210;
            }
        }
    }
    return picture;
}

}  // namespace refrain::test
