#include "hash/edge_hash.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include <gtest/gtest.h>

#include "support/gray_picture.h"

// docs/decisions/0078-edge-codes.md.
namespace refrain::hash {
namespace {

using test::GrayPicture;

GrayPicture changed(const GrayPicture& picture, int (*level)(int)) {
    GrayPicture result = picture;
    for (std::uint8_t& sample : result.samples) {
        sample = static_cast<std::uint8_t>(level(sample));
    }
    return result;
}

/// Lit from the upper left: what is lighter than its neighbour there casts a shadow.
GrayPicture relief(const GrayPicture& picture) {
    GrayPicture result(picture.width, picture.height, 128);
    for (int y = 1; y < picture.height; ++y) {
        for (int x = 1; x < picture.width; ++x) {
            const int step = picture.at(x, y) - picture.at(x - 1, y - 1);
            result.at(x, y) = static_cast<std::uint8_t>(std::clamp(128 + 2 * step, 0, 255));
        }
    }
    return result;
}

/// Dark lines on white wherever the picture has an edge.
GrayPicture drawing(const GrayPicture& picture) {
    GrayPicture result(picture.width, picture.height, 255);
    for (int y = 1; y < picture.height; ++y) {
        for (int x = 1; x < picture.width; ++x) {
            const int step = std::max(std::abs(picture.at(x, y) - picture.at(x - 1, y)),
                                      std::abs(picture.at(x, y) - picture.at(x, y - 1)));
            result.at(x, y) = static_cast<std::uint8_t>(255 - std::min(255, 4 * step));
        }
    }
    return result;
}

int apart(const GrayPicture& a, const GrayPicture& b) {
    const std::optional<Hash256> first = edge_hash(a.view());
    const std::optional<Hash256> second = edge_hash(b.view());
    EXPECT_TRUE(first && second);
    return first && second ? hamming_distance(*first, *second) : Hash256::kBits;
}

TEST(EdgeHash, StaysNearWhereBrightnessIsRedrawn) {
    for (const std::uint32_t seed : {1U, 2U, 3U, 4U, 5U}) {
        const GrayPicture picture = test::boxes_picture(640, 480, seed);
        EXPECT_EQ(apart(picture, changed(picture, [](int level) { return 255 - level; })), 0);
        EXPECT_LE(apart(picture, changed(picture, [](int level) { return 60 + level / 3; })), 20);
        const auto fold = [](int level) {
            return level > 128 ? 255 - level : level;
        };
        EXPECT_LE(apart(picture, changed(picture, fold)), 60) << seed;
        EXPECT_LE(apart(picture, relief(picture)), 60) << seed;
        EXPECT_LE(apart(picture, drawing(picture)), 60) << seed;
    }
}

TEST(EdgeHash, OfUnrelatedPicturesLiesFarApart) {
    for (std::uint32_t seed = 10; seed < 30; ++seed) {
        EXPECT_GE(
            apart(test::boxes_picture(640, 480, seed), test::boxes_picture(640, 480, seed + 100)),
            80);
    }
}

TEST(EdgeHash, IsNearThatOfASmallerCopy) {
    for (const std::uint32_t seed : {1U, 2U, 3U}) {
        const GrayPicture picture = test::boxes_picture(800, 600, seed);
        GrayPicture half(400, 300);
        for (int y = 0; y < half.height; ++y) {
            for (int x = 0; x < half.width; ++x) {
                half.at(x, y) = static_cast<std::uint8_t>(
                    (picture.at(2 * x, 2 * y) + picture.at(2 * x + 1, 2 * y) +
                     picture.at(2 * x, 2 * y + 1) + picture.at(2 * x + 1, 2 * y + 1) + 2) /
                    4);
            }
        }
        EXPECT_LE(apart(picture, half), 12) << seed;
    }
}

TEST(EdgeHash, IsNotThereWithoutEdges) {
    EXPECT_FALSE(edge_hash(GrayPicture(300, 200, 90).view()));
    EXPECT_FALSE(edge_hash(GrayPicture(1, 1, 90).view()));
    GrayPicture ramp(600, 400);
    for (int y = 0; y < ramp.height; ++y) {
        for (int x = 0; x < ramp.width; ++x) {
            ramp.at(x, y) = static_cast<std::uint8_t>(x * 255 / ramp.width);
        }
    }
    EXPECT_FALSE(edge_hash(ramp.view())) << "as steep everywhere";
    EXPECT_FALSE(edge_hash(test::checkerboard(512, 512, 8).view())) << "too fine to tell";
}

TEST(EdgeHash, TakesPicturesOfAnySide) {
    for (const int side : {1, 2, 3, 5, 63, 64, 65, 255, 256, 257}) {
        const GrayPicture picture = test::boxes_picture(side, 300, 7);
        EXPECT_EQ(edge_hash(picture.view()), edge_hash(picture.view())) << side;
        EXPECT_EQ(edge_hash(test::boxes_picture(300, side, 7).view()),
                  edge_hash(test::boxes_picture(300, side, 7).view()));
    }
}

}  // namespace
}  // namespace refrain::hash
