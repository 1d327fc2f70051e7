#include "verdict/frame_score.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/verdict.h"

#include "support/random_hash.h"

namespace refrain::verdict {
namespace {

FrameEvidence frame_at(int distance, const Hash256& hash) {
    FrameEvidence frame;
    frame.distance = distance;
    frame.quality = 100;
    frame.query_hash = hash;
    return frame;
}

TEST(FrameWeight, FallsWithLittleDetailAndWithSharing) {
    FrameEvidence frame = frame_at(10, Hash256{});
    const double whole = frame_weight(frame);
    frame.quality = 20;
    EXPECT_LT(frame_weight(frame), whole);
    frame.quality = 100;
    frame.sharing_items = 9;
    EXPECT_NEAR(frame_weight(frame), whole / 3, 1e-9);
}

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
    const std::vector<FrameEvidence> evidence{frame_at(10, Hash256{})};
    EXPECT_NEAR(frame_score(evidence, 1e3) - frame_score(evidence, 1e6), 3.0, 1e-9);
}

TEST(FrameScore, GrowsWithFramesThatLookDifferent) {
    std::mt19937_64 random(7);
    std::vector<FrameEvidence> evidence;
    double last = 0;
    for (int i = 0; i < 5; ++i) {
        evidence.push_back(frame_at(12, test::random_hash(random)));
        const double score = frame_score(evidence, 1e6);
        EXPECT_GT(score, last);
        last = score;
    }
}

TEST(FrameScore, GainsLittleFromAStillScene) {
    std::mt19937_64 random(8);
    const Hash256 scene = test::random_hash(random);
    std::vector<FrameEvidence> still{frame_at(8, scene)};
    std::vector<FrameEvidence> moving = still;
    const double alone = frame_score(still, 1e6);
    for (int i = 0; i < 4; ++i) {
        still.push_back(frame_at(8, test::with_flipped_bits(scene, 6, random)));
        moving.push_back(frame_at(8, test::random_hash(random)));
    }
    EXPECT_LT(frame_score(still, 1e6) - alone, (frame_score(moving, 1e6) - alone) / 5);
}

TEST(FrameScore, GainsLittleFromAPictureThatComesBack) {
    std::mt19937_64 random(12);
    const FrameEvidence first = frame_at(8, test::random_hash(random));
    const FrameEvidence other = frame_at(10, test::random_hash(random));
    const FrameEvidence again = frame_at(12, test::with_flipped_bits(first.query_hash, 2, random));
    const FrameEvidence third = frame_at(12, test::random_hash(random));
    const auto score = [](const std::vector<FrameEvidence>& evidence) {
        return frame_score(evidence, 1e6);
    };
    const double two = score({first, other});
    EXPECT_LT(score({first, other, again}) - two, (score({first, other, third}) - two) / 5);
}

TEST(FrameScore, ManyWeakFramesOutweighAFewStrongOnes) {
    std::mt19937_64 random(11);
    std::vector<FrameEvidence> weak;
    for (int i = 0; i < 10; ++i) {
        weak.push_back(frame_at(30, test::random_hash(random)));
        weak.back().quality = 15;
    }
    EXPECT_GT(frame_score(weak, 1e6), kDefaultMinScore);
    weak.resize(1);
    EXPECT_LT(frame_score(weak, 1e6), kDefaultMinScore);
}

TEST(FrameScore, DoesNotDependOnTheOrderOfEvidence) {
    std::mt19937_64 random(9);
    std::vector<FrameEvidence> evidence;
    for (int i = 0; i < 12; ++i) {
        evidence.push_back(frame_at(i * 2, test::random_hash(random)));
    }
    const double score = frame_score(evidence, 1e6);
    std::shuffle(evidence.begin(), evidence.end(), random);
    EXPECT_DOUBLE_EQ(frame_score(evidence, 1e6), score);
}

TEST(FrameScore, NeverReachesTheScoreOfTheSameBytes) {
    std::mt19937_64 random(10);
    const std::vector<FrameEvidence> perfect{frame_at(0, test::random_hash(random))};
    EXPECT_LT(frame_score(perfect, 1), kExactScore);
}

}  // namespace
}  // namespace refrain::verdict
