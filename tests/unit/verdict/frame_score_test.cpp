#include "verdict/frame_score.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::verdict {
namespace {

TEST(Rarity, FallsWithDistanceAndEndsAtNothing) {
    for (int d = 1; d <= Hash256::kBits; ++d) {
        EXPECT_LE(rarity(d), rarity(d - 1)) << d;
    }
    EXPECT_GT(rarity(0), rarity(kMaxDistance));
    EXPECT_LT(rarity(200), 0.01);
    EXPECT_GE(rarity(256), 0.0);
}

TEST(FrameScore, IsNothingWithoutEvidence) { EXPECT_EQ(frame_score({}, 1e6), 0.0); }

TEST(FrameScore, PaysForEveryComparison) {
    const std::vector<FrameEvidence> evidence{{10, Hash256{}}};
    EXPECT_NEAR(frame_score(evidence, 1e3) - frame_score(evidence, 1e6), 3.0, 1e-9);
}

TEST(FrameScore, GrowsWithFramesThatLookDifferent) {
    std::mt19937_64 random(7);
    std::vector<FrameEvidence> evidence;
    double last = 0;
    for (int i = 0; i < 5; ++i) {
        evidence.push_back({12, test::random_hash(random)});
        const double score = frame_score(evidence, 1e6);
        EXPECT_GT(score, last);
        last = score;
    }
}

TEST(FrameScore, CountsAStillSceneOnce) {
    std::mt19937_64 random(8);
    const Hash256 scene = test::random_hash(random);
    std::vector<FrameEvidence> evidence{{8, scene}};
    const double alone = frame_score(evidence, 1e6);
    for (int i = 0; i < 100; ++i) {
        evidence.push_back({8, test::with_flipped_bits(scene, 6, random)});
    }
    EXPECT_EQ(frame_score(evidence, 1e6), alone);
}

TEST(FrameScore, DoesNotDependOnTheOrderOfEvidence) {
    std::mt19937_64 random(9);
    std::vector<FrameEvidence> evidence;
    for (int i = 0; i < 12; ++i) {
        evidence.push_back({i * 2, test::random_hash(random)});
    }
    const double score = frame_score(evidence, 1e6);
    std::shuffle(evidence.begin(), evidence.end(), random);
    EXPECT_DOUBLE_EQ(frame_score(evidence, 1e6), score);
}

TEST(FrameScore, NeverReachesTheScoreOfTheSameBytes) {
    std::mt19937_64 random(10);
    const std::vector<FrameEvidence> perfect{{0, test::random_hash(random)}};
    EXPECT_LT(frame_score(perfect, 1), kExactScore);
}

}  // namespace
}  // namespace refrain::verdict
