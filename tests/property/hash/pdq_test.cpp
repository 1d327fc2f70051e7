#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "hash/pdq_hash.h"
#include "hash/pdq_stages.h"
#include "support/synthetic_picture.h"

namespace refrain::hash {
namespace {

constexpr std::array<std::pair<int, int>, 9> kSizes = {{{5, 5},
                                                        {5, 300},
                                                        {300, 6},
                                                        {63, 65},
                                                        {64, 64},
                                                        {128, 127},
                                                        {257, 255},
                                                        {640, 90},
                                                        {500, 700}}};

Hash256 hash_of(const frame::RgbImage& image) { return pdq_hash(image.view())->hash; }

/// How far the coefficient nearest to the median is from it; the median itself apart.
float margin_of(const DctBlock& block) {
    DctBlock sorted = block;
    std::sort(sorted.begin(), sorted.end());
    return std::min(sorted[128] - sorted[127], sorted[127] - sorted[126]);
}

TEST(PdqViews, FirstViewIsTheHash) {
    for (const auto& [width, height] : kSizes) {
        const frame::RgbImage image = test::noise_picture(width, height, 7);
        const auto views = pdq_views(image.view());
        const auto single = pdq_hash(image.view());
        ASSERT_TRUE(views.has_value() && single.has_value());
        EXPECT_EQ(views->views[0], single->hash) << width << "x" << height;
        EXPECT_EQ(views->quality, single->quality) << width << "x" << height;
    }
}

// At these sides the grid of decimation and the box filter are mirror symmetric, so a view of the
// picture and a view of its coefficients differ by rounding alone.
TEST(PdqViews, EqualHashesOfTransformedSymmetricPictures) {
    constexpr float kRounding = 1e-3F;
    std::array<int, kDihedralViews> compared{};
    for (const int side : {64, 320}) {
        for (std::uint32_t seed = 1; seed <= 10; ++seed) {
            const frame::RgbImage image = test::noise_picture(side, side, seed);
            const DctBlock block = low_frequencies(shrink(image.view()));
            const auto views = pdq_views(image.view());
            ASSERT_TRUE(views.has_value());
            for (std::size_t v = 0; v < kDihedralViews; ++v) {
                const auto view = static_cast<DihedralView>(v);
                if (margin_of(transformed(block, frame::dihedral_of(view))) < kRounding) {
                    continue;
                }
                EXPECT_EQ(to_hex(hash_of(test::viewed(image, view))), to_hex(views->views[v]))
                    << "view " << v << " side " << side << " seed " << seed;
                ++compared[v];
            }
        }
    }
    for (std::size_t v = 0; v < kDihedralViews; ++v) {
        EXPECT_GE(compared[v], 15) << "view " << v;
    }
}

TEST(PdqViews, AreNearHashesOfTransformedSmoothPictures) {
    constexpr int kTolerance = 12;
    for (const auto& [width, height] : {std::pair{512, 512}, {640, 480}, {333, 517}, {90, 200}}) {
        for (std::uint32_t seed = 1; seed <= 3; ++seed) {
            const frame::RgbImage image = test::wave_picture(width, height, seed);
            const auto views = pdq_views(image.view());
            ASSERT_TRUE(views.has_value());
            for (std::size_t v = 0; v < kDihedralViews; ++v) {
                const auto view = static_cast<DihedralView>(v);
                EXPECT_LE(hamming_distance(hash_of(test::viewed(image, view)), views->views[v]),
                          kTolerance)
                    << "view " << v << " of " << width << "x" << height << " seed " << seed;
            }
        }
    }
}

TEST(PdqViews, AreAllDifferentForAPictureWithoutSymmetry) {
    const auto views = pdq_views(test::noise_picture(200, 150, 3).view());
    ASSERT_TRUE(views.has_value());
    for (std::size_t a = 0; a < kDihedralViews; ++a) {
        for (std::size_t b = a + 1; b < kDihedralViews; ++b) {
            EXPECT_GT(hamming_distance(views->views[a], views->views[b]), 64) << a << " " << b;
        }
    }
}

TEST(PdqHash, DoesNotDependOnStrideOrPadding) {
    for (const auto& [width, height] : kSizes) {
        const frame::RgbImage image = test::noise_picture(width, height, 11);
        const std::ptrdiff_t row_bytes = std::ptrdiff_t{3} * width;
        const std::ptrdiff_t stride = row_bytes + 37;
        std::vector<std::uint8_t> padded(static_cast<std::size_t>(stride * height), 0xA5);
        std::vector<std::uint8_t> upside_down(image.pixels.size());
        for (int r = 0; r < height; ++r) {
            const std::uint8_t* in = image.view().row(r);
            std::copy(in, in + row_bytes, padded.data() + r * stride);
            std::copy(in, in + row_bytes, upside_down.data() + (height - 1 - r) * row_bytes);
        }
        const Hash256 expected = hash_of(image);
        EXPECT_EQ(pdq_hash({padded.data(), width, height, stride})->hash, expected);
        const std::uint8_t* last_row = upside_down.data() + (height - 1) * row_bytes;
        EXPECT_EQ(pdq_hash({last_row, width, height, -row_bytes})->hash, expected);
    }
}

TEST(PdqHash, HardlyChangesWithConstantBrightness) {
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
        frame::RgbImage dark = test::wave_picture(256, 192, seed);
        for (std::uint8_t& sample : dark.pixels) {
            sample = static_cast<std::uint8_t>(sample / 2);
        }
        frame::RgbImage bright = dark;
        for (std::uint8_t& sample : bright.pixels) {
            sample = static_cast<std::uint8_t>(sample + 100);
        }
        EXPECT_LE(hamming_distance(hash_of(dark), hash_of(bright)), 4) << "seed " << seed;
    }
}

TEST(PdqHash, OfTheNegativeIsTheComplement) {
    for (std::uint32_t seed = 1; seed <= 5; ++seed) {
        const frame::RgbImage image = test::noise_picture(64, 64, seed);
        frame::RgbImage negative = image;
        for (std::uint8_t& sample : negative.pixels) {
            sample = static_cast<std::uint8_t>(255 - sample);
        }
        EXPECT_EQ(hamming_distance(hash_of(image), hash_of(negative)), 256) << "seed " << seed;
    }
}

TEST(PdqHash, SetsHalfOfTheBitsWhenCoefficientsAreDistinct) {
    for (const auto& [width, height] : kSizes) {
        const frame::RgbImage image = test::noise_picture(width, height, 5);
        const DctBlock block = low_frequencies(shrink(image.view()));
        if (margin_of(block) > 0) {
            EXPECT_EQ(hamming_distance(hash_of(image), Hash256{}), 128) << width << "x" << height;
        }
    }
}

TEST(BoxFilter, IsTheMeanOfTheSamplesAround) {
    for (const auto& [width, height] : kSizes) {
        const FloatPlane plane = luma_plane(test::noise_picture(width, height, 2).view());
        FloatPlane filtered(0, 0);
        box_filter_rows(plane, filtered);
        const int window = box_window(width);
        for (int c = 0; c < width; ++c) {
            const int first = std::max(0, c - (window - 1) / 2);
            const int last = std::min(width - 1, c + window / 2);
            double sum = 0;
            for (int i = first; i <= last; ++i) {
                sum += static_cast<double>(plane.row(height / 2)[i]);
            }
            EXPECT_NEAR(filtered.row(height / 2)[c], sum / (last - first + 1), 0.01)
                << "column " << c;
        }
    }
}

TEST(BoxFilter, AlongColumnsEqualsRowsOfTheTransposedPicture) {
    for (const auto& [width, height] : kSizes) {
        const frame::RgbImage image = test::noise_picture(width, height, 9);
        const frame::RgbImage transposed = test::viewed(image, DihedralView::kFlipPlus1);
        FloatPlane columns(0, 0);
        FloatPlane rows(0, 0);
        box_filter_columns(luma_plane(image.view()), columns);
        box_filter_rows(luma_plane(transposed.view()), rows);
        int different = 0;
        for (int r = 0; r < height; ++r) {
            for (int c = 0; c < width; ++c) {
                different += columns.row(r)[c] == rows.row(c)[r] ? 0 : 1;
            }
        }
        EXPECT_EQ(different, 0) << width << "x" << height;
    }
}

TEST(LowFrequencies, EqualTheCosineSumsInDoublePrecision) {
    const DecimatedPicture picture = shrink(test::noise_picture(64, 64, 1).view());
    const DctBlock block = low_frequencies(picture);
    const auto cosine = [](int frequency, int at) {
        return std::cos(3.14159265358979323846 / 128 * frequency * (2 * at + 1));
    };
    for (int u = 1; u <= kBlockSide; ++u) {
        for (int v = 1; v <= kBlockSide; ++v) {
            double sum = 0;
            for (int r = 0; r < kDecimatedSide; ++r) {
                for (int c = 0; c < kDecimatedSide; ++c) {
                    const auto at =
                        static_cast<std::size_t>(r) * kDecimatedSide + static_cast<std::size_t>(c);
                    sum += static_cast<double>(picture[at]) * cosine(u, r) * cosine(v, c);
                }
            }
            const std::size_t at =
                static_cast<std::size_t>(u - 1) * kBlockSide + static_cast<std::size_t>(v - 1);
            EXPECT_NEAR(block[at], sum / 32, 0.01) << "frequencies " << u << " " << v;
        }
    }
}

}  // namespace
}  // namespace refrain::hash
