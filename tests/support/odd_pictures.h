#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ios>
#include <numbers>
#include <random>
#include <utility>

#include "support/gray_picture.h"

namespace refrain::test {

/// Writes a picture as a binary PGM file.
inline void write_pgm(const std::filesystem::path& path, const GrayPicture& picture) {
    std::ofstream file(path, std::ios::binary);
    file << "P5\n" << picture.width << " " << picture.height << "\n255\n";
    for (int y = 0; y < picture.height; ++y) {
        file.write(reinterpret_cast<const char*>(picture.view().row(y)), picture.width);
    }
}

inline int below(std::mt19937& random, int end) {
    return static_cast<int>(random() % static_cast<std::uint32_t>(end));
}

inline void fill_box(GrayPicture& picture,
                     int left,
                     int top,
                     std::array<int, 2> size,
                     std::uint8_t level) {
    for (int y = std::max(top, 0); y < std::min(top + size[1], picture.height); ++y) {
        for (int x = std::max(left, 0); x < std::min(left + size[0], picture.width); ++x) {
            picture.at(x, y) = level;
        }
    }
}

/// Dark to light along a direction.
inline GrayPicture gradient(int width, int height, double degrees) {
    const double across = std::cos(degrees * std::numbers::pi / 180) / width;
    const double down = std::sin(degrees * std::numbers::pi / 180) / height;
    const double whole = std::abs(across) * width + std::abs(down) * height;
    GrayPicture picture(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double share = (across * x + down * y) / whole;
            picture.at(x, y) = static_cast<std::uint8_t>(10 + 235 * (share - std::floor(share)));
        }
    }
    return picture;
}

/// The letters A to Z, five columns of seven dots each, the lowest bit on top.
inline constexpr std::array<std::array<std::uint8_t, 5>, 26> kLetters{{
    {0x7E, 0x11, 0x11, 0x11, 0x7E}, {0x7F, 0x49, 0x49, 0x49, 0x36}, {0x3E, 0x41, 0x41, 0x41, 0x22},
    {0x7F, 0x41, 0x41, 0x22, 0x1C}, {0x7F, 0x49, 0x49, 0x49, 0x41}, {0x7F, 0x09, 0x09, 0x09, 0x01},
    {0x3E, 0x41, 0x49, 0x49, 0x7A}, {0x7F, 0x08, 0x08, 0x08, 0x7F}, {0x00, 0x41, 0x7F, 0x41, 0x00},
    {0x20, 0x40, 0x41, 0x3F, 0x01}, {0x7F, 0x08, 0x14, 0x22, 0x41}, {0x7F, 0x40, 0x40, 0x40, 0x40},
    {0x7F, 0x02, 0x0C, 0x02, 0x7F}, {0x7F, 0x04, 0x08, 0x10, 0x7F}, {0x3E, 0x41, 0x41, 0x41, 0x3E},
    {0x7F, 0x09, 0x09, 0x09, 0x06}, {0x3E, 0x41, 0x51, 0x21, 0x5E}, {0x7F, 0x09, 0x19, 0x29, 0x46},
    {0x46, 0x49, 0x49, 0x49, 0x31}, {0x01, 0x01, 0x7F, 0x01, 0x01}, {0x3F, 0x40, 0x40, 0x40, 0x3F},
    {0x1F, 0x20, 0x40, 0x20, 0x1F}, {0x3F, 0x40, 0x38, 0x40, 0x3F}, {0x63, 0x14, 0x08, 0x14, 0x63},
    {0x07, 0x08, 0x70, 0x08, 0x07}, {0x61, 0x51, 0x49, 0x45, 0x43},
}};

/// Words of random letters in lines, dark on light, each dot of a letter `dot` pixels wide.
inline GrayPicture text_page(int width, int height, int dot, std::uint32_t seed) {
    std::mt19937 random(seed);
    GrayPicture picture(width, height, 245);
    const int margin = 10 * dot;
    for (int top = margin; top + 7 * dot < height - margin; top += 11 * dot) {
        int word = 2 + below(random, 8);
        for (int left = margin; left + 5 * dot < width - margin; left += 6 * dot) {
            if (word-- == 0) {
                word = 2 + below(random, 8);
                continue;
            }
            const auto& letter = kLetters[random() % kLetters.size()];
            for (int bit = 0; bit < 35; ++bit) {
                if ((letter[static_cast<std::size_t>(bit / 7)] >> (bit % 7) & 1) != 0) {
                    fill_box(picture, left + bit / 7 * dot, top + bit % 7 * dot, {dot, dot}, 20);
                }
            }
        }
    }
    return picture;
}

/// One random motif of `side` pixels, over and over.
inline GrayPicture tiles(int width, int height, int side, std::uint32_t seed) {
    const GrayPicture motif = boxes_picture(side, side, seed);
    GrayPicture picture(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            picture.at(x, y) = motif.at(x % side, y % side);
        }
    }
    return picture;
}

/// Smooth shades that differ from seed to seed.
inline GrayPicture shades(int width, int height, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::array<std::array<double, 3>, 6> waves{};
    for (auto& [across, down, phase] : waves) {
        across = below(random, 700) / 100.0 - 3.5;
        down = below(random, 700) / 100.0 - 3.5;
        phase = below(random, 100) / 100.0;
    }
    GrayPicture picture(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            double sum = 128;
            for (const auto& [across, down, phase] : waves) {
                const double turns = across * x / width + down * y / height + phase;
                sum += 30 * std::sin(2 * std::numbers::pi * turns);
            }
            picture.at(x, y) = static_cast<std::uint8_t>(std::fmin(std::fmax(sum, 0), 255));
        }
    }
    return picture;
}

/// The same dark pickets and rails before smooth shades.
inline GrayPicture fence(int width, int height, std::uint32_t seed) {
    GrayPicture picture = shades(width, height, seed);
    for (int left = 8; left < width; left += 32) {
        fill_box(picture, left, height / 8, {14, height * 3 / 4}, 15);
    }
    fill_box(picture, 0, height / 4, {width, 16}, 25);
    fill_box(picture, 0, height * 5 / 8, {width, 16}, 25);
    return picture;
}

/// A code of 45 modules a side: three finders and the timing lines as in all of its kind, and
/// random modules.
inline GrayPicture square_code(int module_pixels, std::uint32_t seed) {
    constexpr int kModules = 45;
    constexpr int kQuiet = 4;
    std::mt19937 random(seed);
    const int side = (kModules + 2 * kQuiet) * module_pixels;
    GrayPicture picture(side, side, 250);
    const auto put = [&](int column, int row, int size, std::uint8_t level) {
        fill_box(picture, (kQuiet + column) * module_pixels, (kQuiet + row) * module_pixels,
                 {size * module_pixels, size * module_pixels}, level);
    };
    for (int cell = 0; cell < kModules * kModules; ++cell) {
        const bool is_timing = cell % kModules == 6 || cell / kModules == 6;
        const bool is_dark =
            is_timing ? (cell % kModules + cell / kModules) % 2 == 0 : (random() & 1U) != 0;
        put(cell % kModules, cell / kModules, 1, is_dark ? 5 : 250);
    }
    constexpr int kFar = kModules - 7;
    for (const auto& [column, row] : {std::pair{0, 0}, {kFar, 0}, {0, kFar}}) {
        put(column - 1, row - 1, 9, 250);
        put(column, row, 7, 5);
        put(column + 1, row + 1, 5, 250);
        put(column + 2, row + 2, 3, 5);
    }
    return picture;
}

/// Shades printed as dots of a screen of `cell` pixels: the darker the larger.
inline GrayPicture halftone(int width, int height, int cell, std::uint32_t seed) {
    const GrayPicture shade = shades(width, height, seed);
    GrayPicture picture(width, height, 250);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double from_x = (x + 0.5) / cell - x / cell - 0.5;
            const double from_y = (y + 0.5) / cell - y / cell - 0.5;
            const double dark = (255.0 - shade.at(x, y)) / 255;
            if (std::numbers::pi * (from_x * from_x + from_y * from_y) < dark) {
                picture.at(x, y) = 10;
            }
        }
    }
    return picture;
}

/// A hundred by a hundred equal dots.
inline GrayPicture dots(int step, int side) {
    GrayPicture picture(100 * step, 100 * step, 235);
    for (int dot = 0; dot < 10'000; ++dot) {
        fill_box(picture, dot % 100 * step + step / 3, dot / 100 * step + step / 3, {side, side},
                 20);
    }
    return picture;
}

/// `inside` in the upper left corner of a flat area.
inline GrayPicture in_corner(const GrayPicture& inside, int width, int height) {
    GrayPicture picture(width, height, 128);
    for (int y = 0; y < inside.height; ++y) {
        for (int x = 0; x < inside.width; ++x) {
            picture.at(40 + x, 40 + y) = inside.at(x, y);
        }
    }
    return picture;
}

inline GrayPicture cropped(const GrayPicture& picture, int left, int top, std::array<int, 2> size) {
    GrayPicture result(size[0], size[1]);
    for (int y = 0; y < result.height; ++y) {
        for (int x = 0; x < result.width; ++x) {
            result.at(x, y) = picture.at(left + x, top + y);
        }
    }
    return result;
}

/// Scaled by the ratio of the sides, every pixel the mean of the area that it covers.
inline GrayPicture scaled(const GrayPicture& picture, int width, int height) {
    constexpr int kSub = 4;
    GrayPicture result(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            int sum = 0;
            for (int part = 0; part < kSub * kSub; ++part) {
                const double from_x = (x + (part % kSub + 0.5) / kSub) * picture.width / width;
                const double from_y = (y + (part / kSub + 0.5) / kSub) * picture.height / height;
                sum += picture.at(static_cast<int>(from_x), static_cast<int>(from_y));
            }
            result.at(x, y) = static_cast<std::uint8_t>(sum / (kSub * kSub));
        }
    }
    return result;
}

}  // namespace refrain::test
