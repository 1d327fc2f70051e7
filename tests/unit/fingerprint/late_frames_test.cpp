#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "fingerprint/local_sampler.h"
#include "local/frame_points.h"
#include "support/blocks_picture.h"

// Frames of a query that have their points late: docs/decisions/0013-what-a-benign-film-costs.md.
namespace refrain::fingerprint {
namespace {

using test::Blocks;
using test::some_hash;

/// The query of a film with a frame every 100 ms in which something moves, and regular cuts.
Fingerprint moving_film(Effort effort, int seconds, int shot_ms) {
    FingerprintOptions options;
    options.sampling = Sampling::kQuery;
    options.effort = effort;
    const Blocks picture(4);
    LocalSampler sampler(options, false);
    Fingerprint out;
    out.media.width = Blocks::kWidth;
    for (int ms = 0; ms < 1000 * seconds; ms += 100) {
        frame::FrameHeader header;
        header.time = MediaTime::from_ms(ms);
        Hash256 hash = some_hash(static_cast<std::uint64_t>(ms / shot_ms));
        // Some 40 bits change with every frame, which is no cut.
        const Hash256 moved = some_hash(1'000'000U + static_cast<std::uint64_t>(ms));
        hash.words[0] ^= moved.words[0];
        hash.words[1] ^= moved.words[1] & 0xffffU;
        sampler.take(header, picture.view(), hash, out);
    }
    return out;
}

/// By time, whether a frame has its points late.
std::vector<std::pair<MediaTime, bool>> late_frames(Effort effort, int seconds, int shot_ms) {
    const Fingerprint film = moving_film(effort, seconds, shot_ms);
    EXPECT_TRUE(check_fingerprint(film).ok());
    std::vector<std::pair<MediaTime, bool>> late;
    for (const LocalFrame& frame : film.local) {
        EXPECT_FALSE(frame.luma.empty());
        EXPECT_EQ(frame.width, film.local[0].width);
        late.emplace_back(frame.time, local::has_late_points(frame));
    }
    return late;
}

// points_gap: 1 s.
TEST(LateFrames, EverySecondFrameOfAShotHasItsPointsLate) {
    MediaTime last_with_points = MediaTime::from_seconds(-1);
    std::size_t late = 0;
    const auto frames = late_frames(Effort::kNormal, 40, 100'000);
    for (const auto& [time, is_late] : frames) {
        EXPECT_EQ(is_late, time - last_with_points < MediaTime::from_seconds(1));
        last_with_points = is_late ? last_with_points : time;
        late += is_late ? 1 : 0;
    }
    EXPECT_GT(frames.size(), 60U);
    EXPECT_NEAR(static_cast<double>(late), static_cast<double>(frames.size()) / 2, 5);
}

TEST(LateFrames, NoFirstFrameOfAShotHasItsPointsLate) {
    for (const auto& [time, is_late] : late_frames(Effort::kNormal, 20, 600)) {
        EXPECT_FALSE(is_late && time.us % 600'000 == 0) << time.us;
    }
}

TEST(LateFrames, OtherEffortsHaveAllPointsAtOnce) {
    for (const Effort effort : {Effort::kFast, Effort::kThorough}) {
        for (const auto& [time, is_late] : late_frames(effort, 10, 100'000)) {
            EXPECT_FALSE(is_late);
        }
    }
}

// Beyond kFineLumaBytes small pictures are too coarse to read points from.
TEST(LateFrames, OfALongFilmOnlyTheFirstPointsAreLate) {
    const auto frames = late_frames(Effort::kNormal, 140, 100'000);
    std::size_t fine = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        fine = frames[i].second ? i + 1 : fine;
    }
    constexpr std::size_t kFine = (std::size_t{24} << 20) / (Blocks::kWidth * Blocks::kHeight);
    EXPECT_NEAR(static_cast<double>(fine), static_cast<double>(kFine), 3);
    EXPECT_GE(frames.back().first, MediaTime::from_seconds(137));
    ASSERT_LT(fine + 2, frames.size());
    EXPECT_GE(frames.back().first - frames[frames.size() - 2].first, MediaTime::from_seconds(1));
}

TEST(LateFrames, AloneMayHaveALargePicture) {
    const auto is_sound = [](std::uint16_t side, std::size_t points) {
        Fingerprint query = moving_film(Effort::kNormal, 1, 100'000);
        LocalFrame& frame = query.local[0];
        frame.points.resize(points);
        frame.luma_width = side;
        frame.luma_height = 2;
        frame.luma.assign(std::size_t{2} * side, 0);
        const Result<std::vector<std::byte>> record = encode_fingerprint(query);
        EXPECT_EQ(record.ok(), check_fingerprint(query).ok());
        return record.ok() && decode_fingerprint(*record).ok();
    };
    EXPECT_TRUE(is_sound(512, 1));
    EXPECT_FALSE(is_sound(513, 1));
    EXPECT_TRUE(is_sound(640, 0));
    EXPECT_FALSE(is_sound(641, 0));
}

TEST(LateFrames, WhatBecomesKnownHasNoLatePoints) {
    const Fingerprint query = moving_film(Effort::kNormal, 10, 100'000);
    ASSERT_TRUE(std::any_of(query.local.begin(), query.local.end(), local::has_late_points));
    const Fingerprint known = known_side(query);
    ASSERT_EQ(known.local.size(), query.local.size());
    for (const LocalFrame& frame : known.local) {
        EXPECT_FALSE(frame.points.empty());
        EXPECT_TRUE(frame.luma.empty());
    }
}

}  // namespace
}  // namespace refrain::fingerprint
