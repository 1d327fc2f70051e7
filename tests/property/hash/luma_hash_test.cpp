#include "hash/luma_hash.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

#include "support/synthetic_picture.h"

namespace refrain::hash {
namespace {

/// The luma of a picture as a decoder would hold it.
struct Plane {
    frame::LumaView view;
    std::vector<std::uint8_t> bytes;

    Plane(const frame::RgbImage& image, int bits, std::ptrdiff_t padding = 0) {
        const int sample_bytes = bits > 8 ? 2 : 1;
        view.width = image.width;
        view.height = image.height;
        view.bits = bits;
        view.is_full_range = true;
        view.stride_bytes = std::ptrdiff_t{image.width} * sample_bytes + padding;
        bytes.assign(static_cast<std::size_t>(view.stride_bytes * image.height), 0xAA);
        for (int r = 0; r < image.height; ++r) {
            for (int c = 0; c < image.width; ++c) {
                const std::uint8_t* rgb = test::pixel_at(image, r, c);
                const double luma = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
                const int level = (1 << bits) - 1;
                const auto sample = static_cast<std::uint16_t>(luma / 255.0 * level + 0.5);
                std::uint8_t* at =
                    bytes.data() + r * view.stride_bytes + std::ptrdiff_t{c} * sample_bytes;
                if (bits > 8) {
                    std::memcpy(at, &sample, sizeof sample);
                } else {
                    *at = static_cast<std::uint8_t>(sample);
                }
            }
        }
        view.data = bytes.data();
    }
};

std::optional<PdqHash> luma_hash(const frame::LumaView& luma) {
    const auto small = LumaShrinker().shrink(luma);
    return small ? std::optional(hash_of(*small)) : std::nullopt;
}

float largest_difference(const DecimatedPicture& a, const DecimatedPicture& b) {
    float largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::max(largest, std::abs(a[i] - b[i]));
    }
    return largest;
}

struct Size {
    int width;
    int height;
};

class LumaHashSizes : public testing::TestWithParam<Size> {};

TEST_P(LumaHashSizes, MeansAgreeWithThePlainTwin) {
    for (const int bits : {8, 10, 12, 16}) {
        const Plane plane(test::noise_picture(GetParam().width, GetParam().height, 11), bits, 6);
        // The shares are in 1/256 of a sample; with one sample a cell that is half a level.
        EXPECT_LT(largest_difference(area_means(plane.view), area_means_plain(plane.view)), 1.01F)
            << bits << " bits";
    }
}

TEST_P(LumaHashSizes, ComesCloseToPdqOfTheSamePicture) {
    const frame::RgbImage image = test::wave_picture(GetParam().width, GetParam().height, 5);
    const Plane plane(image, 8);
    const auto fast = luma_hash(plane.view);
    const auto pdq = pdq_hash(image.view());
    ASSERT_EQ(fast.has_value(), pdq.has_value());
    // Sides that are no multiple of 64 shift PDQ's sampling points by up to half a sample.
    if (pdq && std::min(GetParam().width, GetParam().height) >= 128) {
        EXPECT_LE(hamming_distance(fast->hash, pdq->hash), 16);
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes,
                         LumaHashSizes,
                         testing::Values(Size{4, 4},
                                         Size{5, 5},
                                         Size{63, 65},
                                         Size{64, 64},
                                         Size{100, 31},
                                         Size{128, 256},
                                         Size{321, 241},
                                         Size{853, 480},
                                         Size{1920, 17},
                                         Size{65, 16700}));

TEST(LumaShrinker, MakesTheSameWhateverCameBefore) {
    LumaShrinker shrinker;
    for (const int bits : {8, 12}) {
        for (const auto& [width, height] : {Size{640, 360}, {90, 700}, {5, 5}, {641, 361}}) {
            const Plane plane(test::noise_picture(width, height, 2), bits, 3);
            EXPECT_EQ(shrinker.means(plane.view), area_means(plane.view)) << width;
            EXPECT_EQ(shrinker.shrink(plane.view), area_means(plane.view)) << width;
        }
    }
    EXPECT_FALSE(shrinker.shrink(Plane(test::blank_picture(4, 9), 8).view).has_value());
}

TEST(LumaHash, IsTurnedUprightAsTheViewSays) {
    const Plane plane(test::wave_picture(200, 160, 3), 8);
    const PdqViews views = views_of(area_means(plane.view));
    for (std::size_t v = 0; v < kDihedralViews; ++v) {
        frame::LumaView turned = plane.view;
        turned.upright = frame::kDihedrals[v];
        // Equal but for coefficients that rounding moves across the median.
        EXPECT_LE(hamming_distance(luma_hash(turned)->hash, views.views[v]), 2) << v;
    }
}

TEST(LumaHash, OfANegativeIsTheComplement) {
    for (const std::uint32_t seed : {4U, 5U, 6U}) {
        frame::RgbImage image = test::wave_picture(240, 180, seed);
        const Hash256 hash = luma_hash(Plane(image, 8).view)->hash;
        for (std::uint8_t& sample : image.pixels) {
            sample = static_cast<std::uint8_t>(255 - sample);
        }
        const Hash256 negative = luma_hash(Plane(image, 8).view)->hash;
        EXPECT_LE(hamming_distance(hash, complement(negative)), 4) << seed;
    }
}

TEST(LumaHash, DoesNotDependOnTheSampleDepth) {
    const frame::RgbImage image = test::wave_picture(320, 240, 8);
    const auto eight = luma_hash(Plane(image, 8).view);
    const auto ten = luma_hash(Plane(image, 10).view);
    EXPECT_LE(hamming_distance(eight->hash, ten->hash), 4);
    EXPECT_EQ(eight->quality, ten->quality);
}

TEST(LumaHash, IsTheSameForAPictureWithoutALumaPlane) {
    const frame::RgbImage image = test::wave_picture(320, 200, 9);
    LumaConverter converter;
    EXPECT_LT(largest_difference(area_means(converter.convert(image.view())),
                                 area_means(Plane(image, 8).view)),
              0.6F);
}

TEST(LumaHash, SeesNoDetailInAFlatPlane) {
    const auto flat = luma_hash(Plane(test::blank_picture(640, 480, 90), 8).view);
    ASSERT_TRUE(flat.has_value());
    EXPECT_EQ(flat->quality, 0);
}

/// A wave of `turns` over both sides, and a little of another picture.
DecimatedPicture wave(double turns, float other = 0) {
    DecimatedPicture picture{};
    const Plane plane(test::wave_picture(64, 64, 1), 8);
    const DecimatedPicture smooth = area_means(plane.view);
    for (std::size_t i = 0; i < picture.size(); ++i) {
        const double place = static_cast<double>(i % 64 + i / 64) / 64;
        picture[i] = static_cast<float>(128 + 60 * std::sin(2 * std::numbers::pi * turns * place)) +
                     other * smooth[i];
    }
    return picture;
}

TEST(QualityOfBits, IsLeftToPicturesWithLowFrequencies) {
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        const Plane smooth(test::wave_picture(200, 150, seed), 8);
        EXPECT_EQ(quality_of_bits(area_means(smooth.view), 100), 100) << "seed " << seed;
        const Plane noise(test::noise_picture(64, 64, seed), 8);
        EXPECT_EQ(quality_of_bits(area_means(noise.view), 73), 73) << "seed " << seed;
    }
    EXPECT_EQ(quality_of_bits(wave(3), 100), 100);
}

TEST(QualityOfBits, IsLostByPatternsTooFineForTheBits) {
    EXPECT_LE(quality_of_bits(wave(16), 100), 2);
    EXPECT_LE(quality_of_bits(wave(20), 100), 2);
    EXPECT_EQ(quality_of_bits(DecimatedPicture{}, 0), 0);
}

TEST(QualityOfBits, RisesWithWhatIsSeenBesideThePattern) {
    int last = -1;
    for (const float other : {0.0F, 0.05F, 0.1F, 0.2F, 0.4F}) {
        const int quality = quality_of_bits(wave(20, other), 100);
        EXPECT_GE(quality, last) << other;
        last = quality;
    }
    EXPECT_EQ(last, 100);
}

}  // namespace
}  // namespace refrain::hash
