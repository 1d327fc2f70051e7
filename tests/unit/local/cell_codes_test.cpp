#include "local/cell_codes.h"

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/gray_picture.h"

// docs/decisions/0071-cells.md.
namespace refrain::local {
namespace {

Plane plane_of(const test::GrayPicture& picture, double gain = 1, double offset = 0) {
    Plane plane;
    plane.resize(picture.width, picture.height);
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            plane.row(y)[x] = static_cast<std::uint8_t>(gain * picture.at(x, y) + offset);
        }
    }
    return plane;
}

TEST(CellGrid, IsAsFineAsItsCellsAllowAndLiesInTheMiddle) {
    for (const int most : {1, 9, 576, 1024}) {
        const CellGrid grid = finest_grid(512, 384, most);
        EXPECT_LE(grid.columns * grid.rows, most);
        EXPECT_GT(grid.columns * grid.rows, most * 0.7 - 1);
        EXPECT_LE(grid.columns * grid.side, 512 + 1e-9);
        EXPECT_NEAR(grid.left * 2 + grid.columns * grid.side, 512, 1e-9);
        EXPECT_NEAR(grid.top * 2 + grid.rows * grid.side, 384, 1e-9);
    }
}

TEST(CellGrid, OfASmallOrNarrowPictureHasCellsOfFourPixelsOrMore) {
    EXPECT_EQ(finest_grid(32, 32, 1024).columns, 8);
    const CellGrid narrow = finest_grid(4095, 1, 1024);
    EXPECT_EQ(narrow.rows, 1);
    EXPECT_LE(narrow.columns, 1024);
    EXPECT_GE(finest_grid(1, 1, 1024).columns, 1);
}

TEST(CellLook, TellsWhichPartsAreLighterAndWhichOnlySeemSo) {
    const float parts[] = {10, 10, 10, 10, 50, 90, 90, 90, 90.5F};
    const CellLook look = look_of(parts);
    EXPECT_EQ(look.contrast, 80.5F);
    EXPECT_EQ(look.order & 1U, 0U);  // left is darker than right
    EXPECT_EQ(look.sure & 1U, 1U);
    const float flat[] = {10, 10, 10, 10, 10, 10, 10, 10, 10};
    EXPECT_EQ(look_of(flat).sure, 0U);
}

// kSureShare: 0.12 of the contrast.
TEST(CellLook, IsSureFromAnEighthOfItsContrastOn) {
    float parts[] = {0, 0, 100, 50, 50, 50, 0, 50, 0};
    parts[3] = 50 - 10;
    EXPECT_EQ(look_of(parts).sure & 1U, 0U);
    parts[3] = 50 - 14;
    EXPECT_EQ(look_of(parts).sure & 1U, 1U);
}

TEST(OrderDistance, CountsInvertedAsTheSame) {
    CellLook look;
    look.sure = 0x7F;
    look.order = 0b0101100;
    EXPECT_EQ(order_distance(0b0101100, look), 0);
    EXPECT_EQ(order_distance(0b1010011, look), 0);
    EXPECT_EQ(order_distance(0b0101101, look), 1);
    EXPECT_EQ(order_distance(0b0101011, look), 3);
    EXPECT_EQ(order_distance(0b1010100, look), 3);
}

TEST(OrderDistance, LeavesOutWhatIsNotSure) {
    CellLook look;
    look.order = 0b0000011;
    look.sure = 0b1111100;
    EXPECT_EQ(order_distance(0, look), 0);
    look.sure = 0b1111101;
    EXPECT_NEAR(order_distance(0, look), 7.0 / 6, 1e-6);
    look.sure = 0;
    EXPECT_EQ(order_distance(0, look), kMostOrderDistance);
}

TEST(PackedCell, KeepsOrderUpToInversionAndDetail) {
    for (unsigned order = 0; order < 128; ++order) {
        for (const CellDetail detail :
             {CellDetail::kNone, CellDetail::kLittle, CellDetail::kDetail}) {
            const std::uint8_t cell = packed_cell(static_cast<std::uint8_t>(order), detail);
            EXPECT_EQ(detail_of(cell), detail);
            EXPECT_EQ(cell, packed_cell(static_cast<std::uint8_t>(order ^ 0x7FU), detail));
            CellLook look;
            look.sure = 0x7F;
            look.order = static_cast<std::uint8_t>(order);
            EXPECT_EQ(order_distance(order_of(cell), look), 0);
        }
    }
}

// kLittleShare 0.07, kDetailShare 0.2, of the contrast that a tenth of the cells exceed.
TEST(DetailBounds, FollowTheStrongCellsDownToWhatCompressionLeaves) {
    std::vector<float> contrasts(100, 50);
    for (int i = 0; i < 15; ++i) {
        contrasts[static_cast<std::size_t>(i)] = 200;
    }
    const DetailBounds bounds = detail_bounds(contrasts);
    EXPECT_NEAR(bounds.little, 14, 1e-3);
    EXPECT_NEAR(bounds.detail, 40, 1e-3);
    EXPECT_EQ(bounds.of(50), CellDetail::kDetail);
    EXPECT_EQ(bounds.of(20), CellDetail::kLittle);
    std::vector<float> flat(100, 1);
    EXPECT_EQ(detail_bounds(flat).of(4), CellDetail::kNone);
    EXPECT_EQ(detail_bounds(flat).of(5), CellDetail::kLittle);
    EXPECT_EQ(detail_bounds(flat).of(6.5), CellDetail::kDetail);
    std::vector<float> none;
    EXPECT_EQ(detail_bounds(none).of(0), CellDetail::kNone);
}

TEST(CellCodes, DoNotTellLightFromDarkNorAPictureFromItsNegative) {
    const test::GrayPicture picture = test::boxes_picture(320, 240, 3);
    const CellGrid grid = finest_grid(320, 240, 300);
    const std::vector<std::uint8_t> codes = cell_codes(plane_of(picture), grid);
    EXPECT_EQ(codes.size(), static_cast<std::size_t>(grid.columns * grid.rows));
    const std::vector<std::uint8_t> negative = cell_codes(plane_of(picture, -1, 255), grid);
    std::size_t same = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        same += codes[i] == negative[i] ? 1U : 0U;
    }
    EXPECT_GE(same, codes.size() * 98 / 100);  // but for parts that are equally light
}

TEST(CellCodes, ChangeWhereThePictureDoesAndNowhereElse) {
    test::GrayPicture picture = test::squares_picture(320, 320, 7, 5);
    const CellGrid grid = grid_of(320, 320, 16, 16);
    const std::vector<std::uint8_t> before = cell_codes(plane_of(picture), grid);
    const test::GrayPicture other = test::squares_picture(320, 320, 7, 6);
    for (int y = 100; y < 140; ++y) {
        for (int x = 40; x < 80; ++x) {
            picture.at(x, y) = other.at(x, y);
        }
    }
    const std::vector<std::uint8_t> after = cell_codes(plane_of(picture), grid);
    for (int i = 0; i < 256; ++i) {
        const bool is_inside = i % 16 >= 2 && i % 16 < 4 && i / 16 >= 5 && i / 16 < 7;
        EXPECT_EQ(before[static_cast<std::size_t>(i)] != after[static_cast<std::size_t>(i)],
                  is_inside)
            << i;
    }
}

// The plain twin: each sample is the mean of the pixels whose share of a side it is.
TEST(Shrunk, IsTheMeanOfEachSamplesPixels) {
    for (const auto& [wide, high] : {std::pair(641, 479), std::pair(333, 1000), std::pair(7, 321),
                                     std::pair(320, 5), std::pair(1023, 2)}) {
        Plane plane;
        plane.resize(wide, high);
        unsigned noise = 1;
        for (int y = 0; y < high; ++y) {
            for (int x = 0; x < wide; ++x) {
                noise = noise * 1664525U + 1013904223U;
                plane.row(y)[x] = static_cast<std::uint8_t>(noise >> 24U);
            }
        }
        int width = 0;
        int height = 0;
        const std::vector<std::uint8_t> samples = shrunk(plane, 320, width, height);
        ASSERT_EQ(samples.size(), static_cast<std::size_t>(width * height));
        const auto edge = [](int part, int length, int parts) {
            return static_cast<int>(std::lround(part * (static_cast<double>(length) / parts)));
        };
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                double sum = 0;
                int pixels = 0;
                for (int row = edge(y, high, height); row < edge(y + 1, high, height); ++row) {
                    for (int at = edge(x, wide, width); at < edge(x + 1, wide, width); ++at) {
                        sum += plane.row(row)[at];
                        ++pixels;
                    }
                }
                ASSERT_GT(pixels, 0);
                ASSERT_EQ(samples[static_cast<std::size_t>(y * width + x)],
                          static_cast<int>(sum / pixels + 0.5))
                    << wide << 'x' << high << " at " << x << ',' << y;
            }
        }
    }
}

TEST(Shrunk, KeepsTheShapeAndTheMeans) {
    const test::GrayPicture picture = test::squares_picture(640, 480, 40, 1);
    int width = 0;
    int height = 0;
    const std::vector<std::uint8_t> samples = shrunk(plane_of(picture), 320, width, height);
    EXPECT_EQ(width, 320);
    EXPECT_EQ(height, 240);
    EXPECT_EQ(samples[0], picture.at(0, 0));
    EXPECT_EQ(samples[static_cast<std::size_t>(110 * 320 + 110)], picture.at(220, 220));
    EXPECT_EQ(shrunk(plane_of(picture), 1000, width, height).size(), 640U * 480U);
}

}  // namespace
}  // namespace refrain::local
