#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "refrain/hash256.h"

#include "frame/picture.h"

namespace refrain::test {

/// A picture full of corners: random blocks of 8 pixels.
struct Blocks {
    static constexpr int kWidth = 480;
    static constexpr int kHeight = 320;

    explicit Blocks(std::uint32_t seed) : samples(kWidth * kHeight) {
        std::mt19937 random(seed);
        std::vector<std::uint8_t> blocks(kWidth / 8 * kHeight / 8);
        for (std::uint8_t& block : blocks) {
            block = static_cast<std::uint8_t>(random() & 255U);
        }
        for (int y = 0; y < kHeight; ++y) {
            for (int x = 0; x < kWidth; ++x) {
                samples[static_cast<std::size_t>(y * kWidth + x)] =
                    blocks[static_cast<std::size_t>(y / 8 * (kWidth / 8) + x / 8)];
            }
        }
    }
    [[nodiscard]] frame::LumaView view() const {
        frame::LumaView luma;
        luma.data = samples.data();
        luma.width = kWidth;
        luma.height = kHeight;
        luma.stride_bytes = kWidth;
        return luma;
    }

    std::vector<std::uint8_t> samples;
};

inline Hash256 some_hash(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    return Hash256{{random(), random(), random(), random()}};
}

}  // namespace refrain::test
