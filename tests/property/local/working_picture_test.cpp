#include "local/working_picture.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::local {
namespace {

/// Random samples with full black and full white among them.
struct Picture {
    std::vector<std::uint8_t> bytes;
    frame::LumaView luma;

    Picture(int width, int height, int bits, bool is_full_range, std::uint32_t seed) {
        std::mt19937 random(seed);
        const std::ptrdiff_t sample_bytes = bits > 8 ? 2 : 1;
        luma.width = width;
        luma.height = height;
        luma.bits = bits;
        luma.is_full_range = is_full_range;
        luma.stride_bytes = width * sample_bytes;
        const std::uint32_t top = (1U << static_cast<unsigned>(bits)) - 1;
        const bool is_extreme = seed % 3 == 0;
        for (int i = 0; i < width * height; ++i) {
            const auto any = static_cast<std::uint32_t>(random()) & top;
            const std::uint32_t sample = is_extreme ? (any % 2 == 0 ? 0 : top) : any;
            bytes.push_back(static_cast<std::uint8_t>(sample));
            if (bits > 8) {
                bytes.push_back(static_cast<std::uint8_t>(sample >> 8));
            }
        }
        luma.data = bytes.data();
    }
};

/// The plain twin: every cell by whole numbers of 64 bits.
std::vector<std::uint8_t> plain(const frame::LumaView& luma, int width, int height) {
    frame::CellSums sums;
    sums.lay(luma, width, height);
    const frame::LumaRange range = frame::range_of(luma);
    std::vector<std::uint8_t> out;
    for (int r = 0; r < height; ++r) {
        const auto row = sums.row(r);
        for (int c = 0; c < width; ++c) {
            const auto weight = static_cast<std::int64_t>(sums.weight(r, c));
            const auto sum = static_cast<std::int64_t>(row[static_cast<std::size_t>(c)]);
            const std::int64_t above = std::max<std::int64_t>(0, sum - range.black * weight);
            const std::int64_t span = (range.white - range.black) * weight;
            out.push_back(static_cast<std::uint8_t>(
                std::min<std::int64_t>(255, ((above / 2) * 255 + span / 4) / (span / 2))));
        }
    }
    return out;
}

TEST(WorkingPicture, HasTheLevelsOfItsPlainTwin) {
    std::mt19937 random(5);
    constexpr int kBits[] = {8, 8, 10, 12, 16};
    for (std::uint32_t round = 0; round < 60; ++round) {
        // The last ones have cells of which 32 bits do not hold the sum.
        const int most = round < 50 ? 64 : 32;
        const int width = most + 1 + static_cast<int>(random() % (round < 50 ? 400 : 2000));
        const int height = most + 1 + static_cast<int>(random() % (round < 50 ? 300 : 1000));
        const Picture picture(width, height, kBits[round % 5], round % 2 == 0, round);
        Plane shown;
        WorkingPicture().make(picture.luma, most, shown);
        const std::vector<std::uint8_t> expected =
            plain(picture.luma, shown.width(), shown.height());
        for (int r = 0; r < shown.height(); ++r) {
            ASSERT_TRUE(std::equal(shown.row(r), shown.row(r) + shown.width(),
                                   expected.data() + std::ptrdiff_t{r} * shown.width()))
                << "round " << round << ", row " << r;
        }
    }
}

}  // namespace
}  // namespace refrain::local
