#include "fingerprint/steady_points.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::fingerprint {
namespace {

constexpr int kSide = 512;

/// Random blocks of 16 pixels on the left; noise on the right, which no smaller copy keeps.
std::vector<std::uint8_t> half_noise() {
    std::mt19937 random(4);
    std::vector<std::uint8_t> blocks(kSide / 16 * kSide / 16);
    for (std::uint8_t& block : blocks) {
        block = static_cast<std::uint8_t>(random() & 255U);
    }
    std::vector<std::uint8_t> samples;
    samples.reserve(std::size_t{kSide} * kSide);
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
            const auto block = static_cast<std::size_t>(y / 16 * (kSide / 16) + x / 16);
            samples.push_back(x < kSide / 2 ? blocks[block]
                                            : static_cast<std::uint8_t>(random() & 255U));
        }
    }
    return samples;
}

frame::LumaView view_of(const std::vector<std::uint8_t>& samples) {
    frame::LumaView luma;
    luma.data = samples.data();
    luma.width = kSide;
    luma.height = kSide;
    luma.stride_bytes = kSide;
    return luma;
}

local::Features features_of(const frame::LumaView& luma) {
    local::Features features;
    local::Extractor({kSide, 400}).extract(luma, features);
    return features;
}

/// Of the first points, those on the left.
std::ptrdiff_t on_the_left(const local::Features& features, std::ptrdiff_t first) {
    return std::count_if(features.points.begin(), features.points.begin() + first,
                         [](const local::Point& point) { return point.x < kSide / 2.0F; });
}

using Spot = std::tuple<float, float, float, Hash256>;

std::vector<Spot> sorted_spots(const local::Features& features) {
    std::vector<Spot> spots;
    for (const local::Point& point : features.points) {
        spots.emplace_back(point.x, point.y, point.scale, point.code);
    }
    std::sort(spots.begin(), spots.end());
    return spots;
}

TEST(SteadyPoints, PutsWhatASmallerCopyHasTooBeforeNoise) {
    const std::vector<std::uint8_t> samples = half_noise();
    local::Features features = features_of(view_of(samples));
    ASSERT_GE(features.points.size(), 300U);
    const std::ptrdiff_t noise_before = 60 - on_the_left(features, 60);
    SteadyPoints(kSide).put_first(view_of(samples), features);
    const std::ptrdiff_t noise_after = 60 - on_the_left(features, 60);
    // The coarse points of noise are steady too.
    EXPECT_LT(3 * noise_after, 2 * noise_before);
}

TEST(SteadyPoints, LeavesTheSizesInTheirOrder) {
    const std::vector<std::uint8_t> samples = half_noise();
    local::Features features = features_of(view_of(samples));
    const std::vector<local::Point> before = features.points;
    SteadyPoints(kSide).put_first(view_of(samples), features);
    ASSERT_EQ(features.points.size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(features.points[i].scale, before[i].scale) << i;
    }
}

TEST(SteadyPoints, LosesNoPointAndMakesNone) {
    const std::vector<std::uint8_t> samples = half_noise();
    local::Features features = features_of(view_of(samples));
    const std::vector<Spot> before = sorted_spots(features);
    SteadyPoints steady(kSide);
    steady.put_first(view_of(samples), features);
    EXPECT_EQ(sorted_spots(features), before);
    const std::vector<local::Point> once = features.points;
    steady.put_first(view_of(samples), features);
    for (std::size_t i = 0; i < once.size(); ++i) {
        EXPECT_EQ(features.points[i].code, once[i].code) << i;
    }
}

TEST(SteadyPoints, LeavesAFlatPictureAlone) {
    const std::vector<std::uint8_t> samples(std::size_t{kSide} * kSide, 90);
    local::Features features = features_of(view_of(samples));
    SteadyPoints(kSide).put_first(view_of(samples), features);
    EXPECT_TRUE(features.points.empty());
}

}  // namespace
}  // namespace refrain::fingerprint
