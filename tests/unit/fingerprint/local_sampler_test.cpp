#include "fingerprint/local_sampler.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/blocks_picture.h"

namespace refrain::fingerprint {
namespace {

using test::Blocks;
using test::some_hash;

/// A frame every 40 ms, of which every `change` one looks different.
Fingerprint sampled(const FingerprintOptions& options, int frames, int change) {
    const Blocks picture(1);
    LocalSampler sampler(options, false);
    Fingerprint out;
    for (int i = 0; i < frames; ++i) {
        frame::FrameHeader header;
        header.index = static_cast<std::uint64_t>(i);
        header.time = MediaTime::from_ms(40 * i);
        sampler.take(header, picture.view(), some_hash(static_cast<std::uint64_t>(i / change)),
                     out);
    }
    out.media.width = Blocks::kWidth;
    return out;
}

/// What a sampler keeps of one picture.
Fingerprint one_sampled(const FingerprintOptions& options, bool is_still) {
    LocalSampler sampler(options, is_still);
    Fingerprint out;
    sampler.take({}, Blocks(2).view(), some_hash(1), out);
    EXPECT_EQ(out.local.size(), 1U);
    out.local.resize(1);
    return out;
}

/// Bytes of the section of points, which the budgets are for.
std::size_t section_bytes(Fingerprint fingerprint) {
    for (LocalFrame& frame : fingerprint.local) {
        frame.cell_columns = frame.cell_rows = 0;
        frame.cells.clear();
        frame.edges.reset();
    }
    Fingerprint without = fingerprint;
    without.local.clear();
    return encode_fingerprint(fingerprint)->size() - encode_fingerprint(without)->size();
}

// kPointBytesOfCell: 16; kFilmCells: 576.
TEST(LocalSampler, KeepsCellsOfWhatIsMadeKnownAndNoPicture) {
    for (const auto& [budget, most] : {std::pair{1000U, 62U}, {8192U, 512U}, {1U << 20, 1024U}}) {
        FingerprintOptions options;
        options.local_image_bytes = budget;
        const Fingerprint out = one_sampled(options, true);
        EXPECT_LE(out.local[0].cells.size(), most);
        EXPECT_GT(out.local[0].cells.size(), most * 4 / 5);
        EXPECT_TRUE(out.local[0].luma.empty());
    }
    for (const LocalFrame& frame : sampled({}, 100, 5).local) {
        EXPECT_LE(frame.cells.size(), 576U);
        EXPECT_GT(frame.cells.size(), 460U);
        EXPECT_TRUE(frame.luma.empty());
    }
}

TEST(LocalSampler, KeepsTheEdgesOfPicturesOnBothSidesAndNoneOfFilms) {
    for (const bool is_still : {false, true}) {
        for (const Sampling sampling : {Sampling::kKnown, Sampling::kQuery}) {
            FingerprintOptions options;
            options.sampling = sampling;
            const Fingerprint out = one_sampled(options, is_still);
            EXPECT_EQ(out.local[0].edges.has_value(), is_still);
        }
    }
}

// kLumaSide: 512.
TEST(LocalSampler, KeepsASmallPictureOfAQueryAndNoCells) {
    FingerprintOptions options;
    options.sampling = Sampling::kQuery;
    for (const bool is_still : {true, false}) {
        const Fingerprint out = one_sampled(options, is_still);
        const LocalFrame& frame = out.local[0];
        EXPECT_TRUE(frame.cells.empty());
        EXPECT_EQ(std::max(frame.luma_width, frame.luma_height),
                  std::min<int>(512, std::max(frame.width, frame.height)));
        EXPECT_TRUE(check_fingerprint(out).ok());
    }
}

// kFineLumaBytes: 24 MiB; kCoarseLumaSide: 256. The bound holds for what is left after thinning,
// too.
TEST(LocalSampler, OfALongFilmTheFirstSmallPicturesAreFine) {
    FingerprintOptions options;
    options.sampling = Sampling::kQuery;
    ASSERT_LE(Blocks::kWidth, 512);
    for (const std::size_t most_points : {LocalSampler::kMaxQueryPoints, std::size_t{20'000}}) {
        LocalSampler sampler(options, false, most_points);
        const Blocks picture(2);
        Fingerprint out;
        for (int i = 0; i < 190; ++i) {
            frame::FrameHeader header;
            header.time = MediaTime::from_seconds(2 * i);
            sampler.take(header, picture.view(), some_hash(static_cast<std::uint64_t>(i)), out);
        }
        std::size_t fine = 0;
        std::size_t bytes = 0;
        for (const LocalFrame& frame : out.local) {
            const int side = std::max(frame.luma_width, frame.luma_height);
            const bool is_fine = side == std::max(frame.width, frame.height);
            EXPECT_TRUE(is_fine || side == 256) << side;
            fine += is_fine ? 1 : 0;
            bytes += is_fine ? frame.luma.size() : 0;
        }
        const std::size_t one = out.local[0].luma.size();
        if (most_points == LocalSampler::kMaxQueryPoints) {
            EXPECT_EQ(out.local.size(), 190U);
            EXPECT_GE(bytes, std::size_t{24} << 20);
            EXPECT_LT(bytes, (std::size_t{24} << 20) + one);
            EXPECT_LT(fine, 190U);
        } else {
            EXPECT_EQ(fine, out.local.size());
        }
    }
}

TEST(LocalSampler, GivesAnImageItsBudgetAtOnce) {
    for (const std::uint32_t budget : {1000U, 4096U, 16384U}) {
        FingerprintOptions options;
        options.local_image_bytes = budget;
        const Fingerprint out = one_sampled(options, true);
        EXPECT_LE(section_bytes(out), budget);
        EXPECT_GE(section_bytes(out), budget - 80);
    }
}

TEST(LocalSampler, KeepsVideosWithinTheirBudgetHoweverMuchTheyChange) {
    for (const int change : {1, 10, 1000}) {
        FingerprintOptions options;
        options.local_image_bytes = 8192;
        options.local_hour_bytes = 4U << 20;
        const Fingerprint out = sampled(options, 25 * 60, change);
        EXPECT_LE(section_bytes(out), 8192U + (4U << 20) / 60U) << change;
        EXPECT_GE(out.local.size(), 14U) << change;
    }
}

TEST(LocalSampler, SpendsMostOfTheBudgetOnAMovingScene) {
    FingerprintOptions options;
    const Fingerprint out = sampled(options, 25 * 60, 25);
    EXPECT_GE(section_bytes(out), (8U << 20) / 60U);
}

TEST(LocalSampler, TakesNothingWithoutABudgetOrWish) {
    FingerprintOptions options;
    options.local_image_bytes = 0;
    EXPECT_TRUE(sampled(options, 100, 5).local.empty());
    options.sampling = Sampling::kQuery;
    EXPECT_FALSE(sampled(options, 100, 5).local.empty());
    options.query_local = false;
    EXPECT_TRUE(sampled(options, 100, 5).local.empty());
}

TEST(LocalSampler, KeepsNoFrameWithoutCorners) {
    const std::vector<std::uint8_t> flat(Blocks::kWidth * Blocks::kHeight, 90);
    frame::LumaView luma = Blocks(1).view();
    luma.data = flat.data();
    LocalSampler sampler(FingerprintOptions{}, true);
    Fingerprint out;
    sampler.take({}, luma, some_hash(1), out);
    EXPECT_TRUE(out.local.empty());
}

TEST(LocalSampler, ThinsOutALongQuery) {
    FingerprintOptions options;
    options.sampling = Sampling::kQuery;
    options.effort = Effort::kFast;
    constexpr std::size_t kMost = 20'000;
    const Blocks picture(3);
    LocalSampler sampler(options, false, kMost);
    Fingerprint out;
    std::size_t most = 0;
    for (int i = 0; i < 100; ++i) {
        frame::FrameHeader header;
        header.time = MediaTime::from_seconds(i);
        sampler.take(header, picture.view(), some_hash(static_cast<std::uint64_t>(i)), out);
        std::size_t points = 0;
        for (const LocalFrame& frame : out.local) {
            points += frame.points.size();
        }
        most = std::max(most, points);
    }
    EXPECT_LE(most, kMost);
    EXPECT_GE(most, kMost - 1000);
    EXPECT_GE(out.local.back().time, MediaTime::from_seconds(90));
    EXPECT_TRUE(check_fingerprint(out).ok());
}

}  // namespace
}  // namespace refrain::fingerprint
