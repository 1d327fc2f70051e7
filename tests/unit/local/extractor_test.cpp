#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "local/local_features.h"
#include "support/gray_picture.h"
#include "support/synthetic_picture.h"

namespace refrain::local {
namespace {

using test::GrayPicture;

Features features_of(const frame::LumaView& luma, const ExtractOptions& options = {}) {
    Features features;
    Extractor(options).extract(luma, features);
    return features;
}

bool same(const Point& a, const Point& b) {
    return a.x == b.x && a.y == b.y && a.scale == b.scale && a.angle == b.angle && a.code == b.code;
}

bool same(const Features& a, const Features& b) {
    return a.width == b.width && a.height == b.height && a.points.size() == b.points.size() &&
           std::equal(a.points.begin(), a.points.end(), b.points.begin(),
                      [](const Point& p, const Point& q) { return same(p, q); });
}

float angle_between(float a, float b) {
    constexpr float kTurn = 2 * std::numbers::pi_v<float>;
    return std::abs(std::remainder(a - b, kTurn));
}

/// The share of the points of `a` that `b` has too, where `expected` says a point lies in `b`.
template <typename Expected>
double share_found(const Features& a, const Features& b, Expected expected, int radius) {
    std::size_t found = 0;
    for (const Point& point : a.points) {
        const Point wanted = expected(point);
        found += std::any_of(b.points.begin(), b.points.end(), [&](const Point& other) {
            return std::hypot(other.x - wanted.x, other.y - wanted.y) <= 1.5F * wanted.scale &&
                   std::abs(std::log(other.scale / wanted.scale)) < 0.25F &&
                   angle_between(other.angle, wanted.angle) < 0.3F &&
                   hamming_distance(other.code, wanted.code) <= radius;
        });
    }
    return a.points.empty() ? 0 : static_cast<double>(found) / static_cast<double>(a.points.size());
}

TEST(Extractor, FillsItsBudgetInAPictureFullOfCorners) {
    const Features features = features_of(test::boxes_picture(512, 384, 1).view());
    EXPECT_EQ(features.points.size(), 400U);
    EXPECT_EQ(features.width, 512);
    EXPECT_EQ(features.height, 384);
}

TEST(Extractor, KeepsPointsInsideThePictureAndAnglesInOneTurn) {
    const Features features = features_of(test::boxes_picture(512, 384, 2).view());
    for (const Point& point : features.points) {
        EXPECT_GT(point.x, 0);
        EXPECT_LT(point.x, 512);
        EXPECT_GT(point.y, 0);
        EXPECT_LT(point.y, 384);
        EXPECT_GE(point.scale, 1);
        EXPECT_GE(point.angle, 0);
        EXPECT_LT(point.angle, 2 * std::numbers::pi_v<float>);
    }
}

TEST(Extractor, FindsTheMirroredPointsWithMirroredCodes) {
    const GrayPicture picture = test::boxes_picture(640, 451, 3);
    const Features plain = features_of(picture.view());
    const Features mirror = features_of(test::mirror_of(picture).view());
    const auto expected = [&](const Point& point) {
        Point wanted = point;
        wanted.x = static_cast<float>(plain.width) - point.x;
        wanted.angle = std::numbers::pi_v<float> - point.angle;
        wanted.code = mirrored(point.code);
        return wanted;
    };
    EXPECT_GT(share_found(plain, mirror, expected, 8), 0.95);
}

TEST(Extractor, FindsTheSamePointsInAPictureTurnedByAQuarter) {
    const GrayPicture picture = test::boxes_picture(480, 360, 4);
    GrayPicture turned(360, 480);
    for (int y = 0; y < 480; ++y) {
        for (int x = 0; x < 360; ++x) {
            turned.at(x, y) = picture.at(479 - y, x);
        }
    }
    const auto expected = [](const Point& point) {
        Point wanted = point;
        wanted.x = point.y;
        wanted.y = 480 - point.x;
        wanted.angle = point.angle - std::numbers::pi_v<float> / 2;
        return wanted;
    };
    EXPECT_GT(share_found(features_of(picture.view()), features_of(turned.view()), expected, 16),
              0.9);
}

TEST(Extractor, ShrinksAPictureOfTwiceTheSizeToTheSamePoints) {
    // The larger one holds the smaller one sample by sample, so that shrinking restores it.
    const GrayPicture picture = test::boxes_picture(400, 300, 5);
    GrayPicture larger(800, 600);
    for (int y = 0; y < 600; ++y) {
        for (int x = 0; x < 800; ++x) {
            larger.at(x, y) = picture.at(x / 2, y / 2);
        }
    }
    const ExtractOptions options{.max_side = 400, .max_points = 300};
    EXPECT_TRUE(same(features_of(picture.view(), options), features_of(larger.view(), options)));
}

TEST(Extractor, FindsPointsOfATinyCopyInThePicture) {
    const GrayPicture picture = test::boxes_picture(512, 384, 19);
    GrayPicture tiny(64, 48);
    for (int y = 0; y < 48; ++y) {
        for (int x = 0; x < 64; ++x) {
            int sum = 0;
            for (int i = 0; i < 64; ++i) {
                sum += picture.at(8 * x + i % 8, 8 * y + i / 8);
            }
            tiny.at(x, y) = static_cast<std::uint8_t>(sum / 64);
        }
    }
    const Features small = features_of(tiny.view());
    EXPECT_EQ(small.width, 256);
    const auto expected = [](const Point& point) {
        Point wanted = point;
        wanted.x = 2 * point.x;
        wanted.y = 2 * point.y;
        wanted.scale = 2 * point.scale;
        return wanted;
    };
    EXPECT_GT(share_found(small, features_of(picture.view()), expected, 64), 0.1);
}

TEST(Extractor, GivesTheSameAnswerAgainAndWithUsedScratch) {
    const GrayPicture picture = test::boxes_picture(500, 400, 6);
    Extractor extractor{ExtractOptions{}};
    Features first;
    Features other;
    Features again;
    extractor.extract(picture.view(), first);
    extractor.extract(test::boxes_picture(300, 700, 7).view(), other);
    extractor.extract(picture.view(), again);
    EXPECT_FALSE(same(first, other));
    EXPECT_TRUE(same(first, again));
}

TEST(Extractor, DoesNotLookAtThePaddingOfRows) {
    const GrayPicture picture = test::boxes_picture(333, 222, 8);
    GrayPicture padded(333, 222, 255, 45);
    for (int y = 0; y < 222; ++y) {
        for (int x = 0; x < 333; ++x) {
            padded.at(x, y) = picture.at(x, y);
        }
    }
    EXPECT_TRUE(same(features_of(picture.view()), features_of(padded.view())));
}

TEST(Extractor, ReadsPlanesStoredFromTheBottom) {
    const GrayPicture picture = test::boxes_picture(333, 222, 9);
    GrayPicture upside_down(333, 222);
    for (int y = 0; y < 222; ++y) {
        for (int x = 0; x < 333; ++x) {
            upside_down.at(x, 221 - y) = picture.at(x, y);
        }
    }
    frame::LumaView view = upside_down.view();
    view.data = upside_down.samples.data() + 221 * 333;
    view.stride_bytes = -333;
    EXPECT_TRUE(same(features_of(picture.view()), features_of(view)));
}

TEST(Extractor, BringsSixteenBitsAndLimitedRangeToEight) {
    const GrayPicture picture = test::boxes_picture(320, 240, 10);
    // 16 + 219/255 of a sample, in 16 bits, comes back as the sample.
    std::vector<std::uint16_t> deep;
    for (const std::uint8_t sample : picture.samples) {
        deep.push_back(static_cast<std::uint16_t>(4096.5 + sample * 219.0 * 256 / 255));
    }
    frame::LumaView view = picture.view();
    std::vector<std::uint8_t> bytes(2 * deep.size());
    std::memcpy(bytes.data(), deep.data(), bytes.size());
    view.data = bytes.data();
    view.stride_bytes = 640;
    view.bits = 16;
    view.is_full_range = false;
    EXPECT_TRUE(same(features_of(picture.view()), features_of(view)));
}

TEST(Extractor, ShrinksSamplesOfAnyDepthAlike) {
    const GrayPicture picture = test::boxes_picture(900, 611, 20);
    std::vector<std::uint16_t> deep;
    for (const std::uint8_t sample : picture.samples) {
        deep.push_back(static_cast<std::uint16_t>(sample * 257));
    }
    std::vector<std::uint8_t> bytes(2 * deep.size());
    std::memcpy(bytes.data(), deep.data(), bytes.size());
    frame::LumaView view = picture.view();
    view.data = bytes.data();
    view.stride_bytes = 1800;
    view.bits = 16;
    EXPECT_TRUE(same(features_of(picture.view()), features_of(view)));
}

class ExtractorInEveryView : public testing::TestWithParam<DihedralView> {};

TEST_P(ExtractorInEveryView, TurnsPicturesUpright) {
    const GrayPicture picture = test::boxes_picture(300, 200, 11);
    frame::LumaView lying = picture.view();
    lying.upright = frame::dihedral_of(GetParam());
    frame::RgbImage image{300, 200, {}};
    for (const std::uint8_t sample : picture.samples) {
        image.pixels.insert(image.pixels.end(), 3, sample);
    }
    const frame::RgbImage turned = test::viewed(image, GetParam());
    GrayPicture upright(turned.width, turned.height);
    for (int y = 0; y < upright.height; ++y) {
        for (int x = 0; x < upright.width; ++x) {
            upright.at(x, y) = *test::pixel_at(turned, y, x);
        }
    }
    EXPECT_TRUE(same(features_of(upright.view()), features_of(lying)));
}

INSTANTIATE_TEST_SUITE_P(AllEight,
                         ExtractorInEveryView,
                         testing::Values(DihedralView::kOriginal,
                                         DihedralView::kRotate90,
                                         DihedralView::kRotate180,
                                         DihedralView::kRotate270,
                                         DihedralView::kFlipX,
                                         DihedralView::kFlipY,
                                         DihedralView::kFlipPlus1,
                                         DihedralView::kFlipMinus1));

TEST(Extractor, HasNoPointInAFlatPicture) {
    EXPECT_TRUE(features_of(GrayPicture(512, 512, 77).view()).points.empty());
}

TEST(Extractor, FindsPointsInADimPicture) {
    GrayPicture picture = test::boxes_picture(512, 384, 12);
    for (std::uint8_t& sample : picture.samples) {
        sample = static_cast<std::uint8_t>(20 + sample / 8);
    }
    EXPECT_GT(features_of(picture.view()).points.size(), 300U);
}

TEST(Extractor, FindsPointsInTheDimHalfOfAPictureToo) {
    GrayPicture picture = test::boxes_picture(512, 384, 13);
    for (int y = 0; y < 384; ++y) {
        for (int x = 0; x < 256; ++x) {
            picture.at(x, y) = static_cast<std::uint8_t>(20 + picture.at(x, y) / 8);
        }
    }
    const Features features = features_of(picture.view());
    const auto dim = std::count_if(features.points.begin(), features.points.end(),
                                   [](const Point& point) { return point.x < 256; });
    EXPECT_GT(dim, 60);
}

class ExtractorOnOddSizes : public testing::TestWithParam<std::array<int, 2>> {};

TEST_P(ExtractorOnOddSizes, StaysWithinItsBounds) {
    const auto [width, height] = GetParam();
    const Features features = features_of(test::boxes_picture(width, height, 14).view());
    EXPECT_GE(features.width, 1);
    EXPECT_GE(features.height, 1);
    EXPECT_LE(std::max(features.width, features.height), 512);
    EXPECT_LE(features.points.size(), 400U);
}

INSTANTIATE_TEST_SUITE_P(Sides,
                         ExtractorOnOddSizes,
                         testing::Values(std::array{1, 1},
                                         std::array{1, 3000},
                                         std::array{3000, 1},
                                         std::array{4000, 20},
                                         std::array{27, 27},
                                         std::array{28, 28},
                                         std::array{29, 31},
                                         std::array{28, 512},
                                         std::array{513, 511}));

TEST(Extractor, KeepsToItsBudgetOnTenThousandEqualCorners) {
    const GrayPicture picture = test::checkerboard(1000, 1000, 10);
    for (const int budget : {1, 2, 50, 1500}) {
        const Features features =
            features_of(picture.view(), {.max_side = 1000, .max_points = budget});
        EXPECT_LE(features.points.size(), static_cast<std::size_t>(budget));
    }
}

TEST(Extractor, KeepsToItsBudgetOnNoise) {
    GrayPicture picture(700, 700);
    std::mt19937 random(15);
    for (std::uint8_t& sample : picture.samples) {
        sample = static_cast<std::uint8_t>(random() & 255U);
    }
    const Features features = features_of(picture.view(), {.max_side = 700, .max_points = 1500});
    EXPECT_EQ(features.points.size(), 1500U);
}

TEST(Extractor, SpreadsAPrefixOverThePicture) {
    // One quarter has four times the contrast of the others.
    GrayPicture picture = test::squares_picture(512, 512, 12, 16);
    for (int y = 0; y < 512; ++y) {
        for (int x = 0; x < 512; ++x) {
            if (x >= 256 || y >= 256) {
                picture.at(x, y) = static_cast<std::uint8_t>(90 + picture.at(x, y) / 4);
            }
        }
    }
    const Features features = features_of(picture.view());
    std::array<int, 4> quarters{};
    for (std::size_t i = 0; i < 100; ++i) {
        const Point& point = features.points.at(i);
        ++quarters[(point.x < 256 ? 0U : 1U) + (point.y < 256 ? 0U : 2U)];
    }
    EXPECT_GE(*std::min_element(quarters.begin(), quarters.end()), 10)
        << testing::PrintToString(quarters);
}

TEST(Extractor, BringsOptionsIntoTheirRange) {
    const GrayPicture picture = test::boxes_picture(100, 100, 17);
    EXPECT_EQ(features_of(picture.view(), {.max_side = -5, .max_points = -5}).width, 32);
    EXPECT_LE(features_of(picture.view(), {.max_side = 512, .max_points = -5}).points.size(), 1U);
}

TEST(MirroredCode, IsAnInvolution) {
    std::mt19937_64 random(18);
    for (int i = 0; i < 100; ++i) {
        const Hash256 code{{random(), random(), random(), random()}};
        EXPECT_EQ(mirrored(mirrored(code)), code);
        EXPECT_NE(mirrored(code), code);
    }
}

}  // namespace
}  // namespace refrain::local
