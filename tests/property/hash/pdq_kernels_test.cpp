#include "hash/pdq_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/cpu_features.h"
#include "hash/pdq_hash.h"
#include "hash/pdq_stages.h"
#include "support/synthetic_picture.h"

namespace refrain::hash {
namespace {

/// Hard edges, flat parts, and the levels at both ends.
frame::RgbImage checkered_picture(int width, int height, std::uint32_t seed) {
    frame::RgbImage image = test::blank_picture(width, height, 255);
    const int side = 1 + static_cast<int>(seed % 23);
    for (int r = 0; r < height; ++r) {
        for (int c = 0; c < width; ++c) {
            if ((r / side + c / side) % 2 == 0) {
                std::fill_n(test::pixel_at(image, r, c), 3, std::uint8_t{0});
            }
        }
    }
    return image;
}

frame::RgbImage picture_of(int width, int height, std::uint32_t seed) {
    switch (seed % 4) {
        case 0:
            return test::wave_picture(width, height, seed);
        case 1:
            return checkered_picture(width, height, seed);
        default:
            return test::noise_picture(width, height, seed);
    }
}

/// Holds every kernel against the plain steps; the scratch is that of all pictures before.
class PdqKernelTwins : public ::testing::Test {
  protected:
    void check(const frame::RgbView& picture) {
        const DecimatedPicture plain = shrink(picture);
        for (const PdqKernels* kernels : usable_pdq_kernels()) {
            SCOPED_TRACE(std::string(kernels->name) + " " + std::to_string(picture.width) + "x" +
                         std::to_string(picture.height));
            DecimatedPicture fast;
            fast.fill(-1);
            kernels->shrink(picture, scratch_, fast);
            ASSERT_EQ(fast, plain);
            ASSERT_EQ(kernels->low_frequencies(plain), low_frequencies(plain));
            ASSERT_EQ(kernels->picture_quality(plain), picture_quality(plain));
        }
    }

  private:
    PdqScratch scratch_;
};

TEST_F(PdqKernelTwins, AgreeAtEveryWidthAndHeightUpTo300) {
    std::mt19937 random(1);
    for (int side = kMinPdqSide; side <= 300; ++side) {
        // Each width once and each height once, with any other side.
        const int other = kMinPdqSide + static_cast<int>(random() % 296);
        ASSERT_NO_FATAL_FAILURE(
            check(picture_of(side, other, static_cast<std::uint32_t>(random())).view()));
        ASSERT_NO_FATAL_FAILURE(
            check(picture_of(other, side, static_cast<std::uint32_t>(random())).view()));
    }
}

TEST_F(PdqKernelTwins, AgreeOnLargeAndLongPictures) {
    for (const auto& [width, height] : {std::pair{1920, 1080},
                                        {1024, 768},
                                        {1023, 769},
                                        {5000, 7},
                                        {6, 5000},
                                        {33001, 5},
                                        {5, 65535}}) {
        ASSERT_NO_FATAL_FAILURE(check(test::noise_picture(width, height, 3).view()));
    }
}

TEST_F(PdqKernelTwins, AgreeOnAnyStrideAndReadNothingBetweenRows) {
    std::mt19937 random(2);
    for (int round = 0; round < 40; ++round) {
        const int width = kMinPdqSide + static_cast<int>(random() % 296);
        const int height = kMinPdqSide + static_cast<int>(random() % 296);
        const frame::RgbImage image = test::noise_picture(width, height, random());
        const std::ptrdiff_t row_bytes = std::ptrdiff_t{3} * width;
        const auto stride = row_bytes + static_cast<std::ptrdiff_t>(random() % 40);
        // Exactly as many bytes as the view may touch: a sanitizer sees one more being read.
        std::vector<std::uint8_t> padded(
            static_cast<std::size_t>(stride * (height - 1) + row_bytes), 0xA5);
        for (int r = 0; r < height; ++r) {
            const std::uint8_t* in = image.view().row(r);
            std::copy(in, in + row_bytes, padded.data() + r * stride);
        }
        ASSERT_NO_FATAL_FAILURE(check({padded.data(), width, height, stride}));
        const std::uint8_t* last = padded.data() + stride * (height - 1);
        ASSERT_NO_FATAL_FAILURE(check({last, width, height, -stride}));
    }
}

TEST_F(PdqKernelTwins, AgreeOnDecimatedPicturesOfAnyLevels) {
    std::mt19937 random(3);
    for (int round = 0; round < 200; ++round) {
        DecimatedPicture picture;
        for (float& sample : picture) {
            sample = 255.0F * static_cast<float>(random()) / 4294967296.0F;
            sample = round % 2 == 0 ? sample : std::round(sample / 64) * 64;
        }
        for (const PdqKernels* kernels : usable_pdq_kernels()) {
            ASSERT_EQ(kernels->low_frequencies(picture), low_frequencies(picture));
            ASSERT_EQ(kernels->picture_quality(picture), picture_quality(picture));
        }
    }
}

TEST(PdqHasher, HashesAsThePlainStepsWhateverCameBefore) {
    PdqHasher hasher;
    std::mt19937 random(4);
    for (int round = 0; round < 100; ++round) {
        const int width = round % 10 == 0 ? 64 : kMinPdqSide + static_cast<int>(random() % 400);
        const int height = round % 20 == 0 ? 64 : kMinPdqSide + static_cast<int>(random() % 400);
        const frame::RgbImage image =
            picture_of(width, height, static_cast<std::uint32_t>(random()));
        const PdqHash plain = pdq_hash_plain(image.view());
        const auto fast = hasher.hash(image.view());
        const auto views = hasher.views(image.view());
        ASSERT_TRUE(fast && views);
        ASSERT_EQ(fast->hash, plain.hash) << width << "x" << height;
        ASSERT_EQ(fast->quality, plain.quality) << width << "x" << height;
        ASSERT_EQ(views->views, views_of(low_frequencies(shrink(image.view()))));
    }
}

#if defined(__x86_64__)

/// Quotients of every mantissa by `window` in the way of the kernels that differ from a division.
[[gnu::target("fma")]] int wrong_quotients(float window, float& inexact_products) {
    const float reciprocal = 1.0F / window;
    int wrong = 0;
    for (std::uint32_t mantissa = 0; mantissa < 1U << 23; mantissa += 1) {
        const float sum = 1.0F + static_cast<float>(mantissa) * 0x1p-23F;
        const float product = sum * reciprocal;
        const float rest = __builtin_fmaf(-product, window, sum);
        wrong += __builtin_fmaf(rest, reciprocal, product) != sum / window ? 1 : 0;
        inexact_products += product != sum / window ? 1.0F : 0.0F;
    }
    return wrong;
}

// Powers of two scale both sides alike, so that odd windows stand for all.
TEST(PdqDivision, IsCorrectlyRoundedForEveryWindow) {
    if (!base::cpu_features().has_fma) {
        GTEST_SKIP() << "no kernel divides this way here";
    }
    constexpr int kWidestWindow = 512;  // of 65535 samples
    for (int window = 1; window < kWidestWindow; window += 2) {
        float inexact_products = 0;
        ASSERT_EQ(wrong_quotients(static_cast<float>(window), inexact_products), 0) << window;
        EXPECT_EQ(inexact_products > 0, window > 1) << "the step is not needed for " << window;
    }
}

#endif

}  // namespace
}  // namespace refrain::hash
