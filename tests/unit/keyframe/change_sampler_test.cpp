#include "keyframe/change_sampler.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::keyframe {
namespace {

constexpr ChangeRule kRule{.min_change_bits = 10,
                           .min_gap = MediaTime::from_ms(80),
                           .max_gap = MediaTime::from_seconds(4)};

TEST(ChangeSampler, KeepsTheFirstFrameAsTheBeginningOfAShot) {
    ChangeSampler sampler(kRule);
    const auto choice = sampler.choose(MediaTime{}, Hash256{}, 0);
    EXPECT_TRUE(choice.is_kept);
    EXPECT_TRUE(choice.begins_shot);
}

TEST(ChangeSampler, KeepsAStillSceneAtTheLongestGapOnly) {
    std::mt19937_64 random(1);
    const Hash256 scene = test::random_hash(random);
    ChangeSampler sampler(kRule);
    std::vector<std::int64_t> kept;
    for (int i = 0; i < 300; ++i) {
        const MediaTime time = MediaTime::from_ms(i * 40);
        const Hash256 noisy = test::with_flipped_bits(scene, 2, random);
        if (sampler.choose(time, noisy, 80).is_kept) {
            kept.push_back(time.ms());
        }
    }
    EXPECT_EQ(kept, (std::vector<std::int64_t>{0, 4000, 8000}));
}

/// Frames at odd times, of scenes that change now and then.
TEST(ChangeSampler, KeepsTheSameFramesWhenThoseTooNearArePassedOver) {
    std::mt19937_64 random(9);
    std::size_t passed_over = 0;
    std::size_t kept = 0;
    for (int round = 0; round < 40; ++round) {
        const ChangeRule rule{.min_change_bits = 8,
                              .min_gap = MediaTime::from_ms(static_cast<int>(random() % 300)),
                              .max_gap = MediaTime::from_ms(100 + static_cast<int>(random() % 600)),
                              .max_frames = 1 + static_cast<int>(random() % 30)};
        ChangeSampler all(rule);
        ChangeSampler few(rule);
        Hash256 scene = test::random_hash(random);
        int ms = 0;
        for (int i = 0; i < 300; ++i) {
            ms += static_cast<int>(random() % (round % 4 == 0 ? 3 : 90));
            if (random() % 5 == 0) {
                scene = test::with_flipped_bits(scene, static_cast<int>(random() % 20), random);
            }
            const MediaTime time = MediaTime::from_ms(ms);
            const int quality = static_cast<int>(random() % 12);
            const bool is_kept = all.choose(time, scene, quality).is_kept;
            if (few.passes_over(time)) {
                ++passed_over;
                ASSERT_FALSE(is_kept) << round << " at " << i;
                continue;
            }
            ASSERT_EQ(few.choose(time, scene, quality).is_kept, is_kept) << round << " at " << i;
            kept += is_kept ? 1U : 0U;
        }
    }
    EXPECT_GT(passed_over, 3000U);
    EXPECT_GT(kept, 500U);
}

TEST(ChangeSampler, LeavesNoFrameFarFromTheLastKeptOne) {
    std::mt19937_64 random(2);
    ChangeSampler sampler(kRule);
    Hash256 picture = test::random_hash(random);
    Hash256 kept;
    for (int i = 0; i < 500; ++i) {
        picture = test::with_flipped_bits(picture, 3, random);
        if (sampler.choose(MediaTime::from_ms(i * 100), picture, 80).is_kept) {
            kept = picture;
        }
        ASSERT_LT(hamming_distance(picture, kept), kRule.min_change_bits);
    }
}

/// How many of `frames` ever new pictures are kept where the clock claims `step_ms` a frame.
int kept_of(int frames, int step_ms) {
    std::mt19937_64 random(3);
    ChangeSampler sampler(kRule);
    int kept = 0;
    for (int i = 0; i < frames; ++i) {
        const MediaTime time = MediaTime::from_ms(i * step_ms);
        kept += sampler.choose(time, test::random_hash(random), 80).is_kept ? 1 : 0;
    }
    return kept;
}

TEST(ChangeSampler, BoundsTheFramesKeptASecond) {
    EXPECT_LE(kept_of(100, 10), 13);
    EXPECT_GE(kept_of(100, 10), 12);
}

TEST(ChangeSampler, KeepsOneInTwelveWhereTheClockClaimsTooManyFramesASecond) {
    EXPECT_LE(kept_of(1000, 1), 1 + 1000 / 12);
    EXPECT_GE(kept_of(1000, 1), 1000 / 12);
}

TEST(ChangeSampler, FindsTheCutBetweenTwoScenes) {
    std::mt19937_64 random(4);
    const Hash256 first = test::random_hash(random);
    const Hash256 second = test::random_hash(random);
    ChangeSampler sampler(kRule);
    for (int i = 0; i < 50; ++i) {
        const Hash256 frame = test::with_flipped_bits(i < 25 ? first : second, 3, random);
        const auto choice = sampler.choose(MediaTime::from_ms(i * 40), frame, 80);
        EXPECT_EQ(choice.begins_shot, i == 0 || i == 25) << i;
        EXPECT_EQ(choice.is_kept, i == 0 || i == 25) << i;
    }
}

TEST(ChangeSampler, TakesTheNoiseOfBlackFramesForNoChange) {
    std::mt19937_64 random(5);
    ChangeSampler sampler(kRule);
    int kept = 0;
    for (int i = 0; i < 100; ++i) {
        kept += sampler.choose(MediaTime::from_ms(i * 40), test::random_hash(random), 0).is_kept;
    }
    EXPECT_EQ(kept, 1);
}

TEST(ChangeSampler, KeepsTheFrameInWhichDetailAppears) {
    ChangeSampler sampler(kRule);
    EXPECT_TRUE(sampler.choose(MediaTime{}, Hash256{}, 0).is_kept);
    EXPECT_FALSE(sampler.choose(MediaTime::from_ms(100), Hash256{}, 0).is_kept);
    EXPECT_TRUE(sampler.choose(MediaTime::from_ms(200), Hash256{}, 60).is_kept);
}

}  // namespace
}  // namespace refrain::keyframe
