#include "frame/cell_sums.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::frame {
namespace {

/// Random samples, with some bytes between the rows.
struct Plane {
    LumaView luma;
    std::vector<std::uint8_t> bytes;

    Plane(int width, int height, int bits) {
        const int sample_bytes = bits > 8 ? 2 : 1;
        luma.width = width;
        luma.height = height;
        luma.bits = bits;
        luma.stride_bytes = std::ptrdiff_t{width} * sample_bytes + 3;
        bytes.resize(static_cast<std::size_t>(luma.stride_bytes * height));
        std::mt19937 random(static_cast<std::uint32_t>(width * 31 + height * 7 + bits));
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(random());
        }
        if (bits > 8) {
            mask_samples();
        }
        luma.data = bytes.data();
    }
    /// No sample is above what its bits allow.
    void mask_samples() {
        for (int r = 0; r < luma.height; ++r) {
            for (int c = 0; c < luma.width; ++c) {
                std::uint8_t* at = bytes.data() + r * luma.stride_bytes + std::ptrdiff_t{2} * c;
                std::uint16_t sample = 0;
                std::memcpy(&sample, at, sizeof sample);
                sample = static_cast<std::uint16_t>(sample & ((1U << luma.bits) - 1U));
                std::memcpy(at, &sample, sizeof sample);
            }
        }
    }
    [[nodiscard]] std::uint64_t at(int r, int c) const {
        if (luma.bits <= 8) {
            return luma.row(r)[c];
        }
        std::uint16_t sample = 0;
        std::memcpy(&sample, luma.row(r) + std::ptrdiff_t{2} * c, sizeof sample);
        return sample;
    }
};

/// The edges of cells in 1/256 of a sample, rounded to the nearest, halves away from each end.
std::vector<std::int64_t> edges_of(int samples, int cells) {
    std::vector<std::int64_t> edges(static_cast<std::size_t>(cells) + 1);
    for (int i = 0; 2 * i <= cells; ++i) {
        const std::int64_t at = (std::int64_t{512} * samples * i + cells) / (2 * cells);
        edges[static_cast<std::size_t>(cells - i)] = std::int64_t{256} * samples - at;
        edges[static_cast<std::size_t>(i)] = at;
    }
    return edges;
}

/// How much of sample `at` lies between two edges.
std::uint64_t share(int at, std::int64_t begin, std::int64_t end) {
    const std::int64_t left = std::max<std::int64_t>(begin, std::int64_t{256} * at);
    const std::int64_t right = std::min<std::int64_t>(end, std::int64_t{256} * (at + 1));
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, right - left));
}

struct Case {
    int width;
    int height;
    int columns;
    int rows;
};

class CellSumsOfCases : public testing::TestWithParam<Case> {};

TEST_P(CellSumsOfCases, EqualThePlainSums) {
    const Case& size = GetParam();
    const auto rows = edges_of(size.height, size.rows);
    const auto columns = edges_of(size.width, size.columns);
    CellSums sums;
    for (const int bits : {8, 10, 16}) {
        const Plane plane(size.width, size.height, bits);
        sums.lay(plane.luma, size.columns, size.rows);
        for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
            const std::span<const std::uint64_t> row = sums.row(static_cast<int>(i));
            ASSERT_EQ(row.size(), columns.size() - 1);
            for (std::size_t j = 0; j < row.size(); ++j) {
                std::uint64_t sum = 0;
                for (auto r = static_cast<int>(rows[i] / 256); r * 256 < rows[i + 1]; ++r) {
                    for (auto c = static_cast<int>(columns[j] / 256); c * 256 < columns[j + 1];
                         ++c) {
                        sum += plane.at(r, c) * share(r, rows[i], rows[i + 1]) *
                               share(c, columns[j], columns[j + 1]);
                    }
                }
                ASSERT_EQ(row[j], sum) << bits << " bits, row " << i << ", column " << j;
                ASSERT_EQ(sums.weight(static_cast<int>(i), static_cast<int>(j)),
                          static_cast<std::uint64_t>((rows[i + 1] - rows[i]) *
                                                     (columns[j + 1] - columns[j])));
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes,
                         CellSumsOfCases,
                         testing::Values(Case{1, 1, 1, 1},
                                         Case{5, 7, 64, 64},
                                         Case{64, 64, 64, 64},
                                         Case{65, 63, 64, 64},
                                         Case{641, 361, 64, 64},
                                         Case{300, 200, 299, 199},
                                         Case{321, 241, 160, 120},
                                         Case{640, 480, 512, 384},
                                         Case{9, 2000, 3, 7},
                                         Case{2, 70000, 2, 1}));

TEST(CellSums, OfWhiteFillTheirWeightInAPlaneOfAnyHeight) {
    // One band of 70,000 rows of white: 32 bits do not hold the sum of a column.
    std::vector<std::uint8_t> bytes(70000, 255);
    LumaView luma;
    luma.data = bytes.data();
    luma.width = 1;
    luma.height = 70000;
    luma.stride_bytes = 1;
    CellSums sums;
    sums.lay(luma, 1, 1);
    EXPECT_EQ(sums.row(0).front(), 255 * sums.weight(0, 0));
}

}  // namespace
}  // namespace refrain::frame
