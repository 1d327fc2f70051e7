#include "align/time_segments.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>

#include <gtest/gtest.h>

namespace refrain::align {
namespace {

/// Half of the step between the stored frames below: what a line may be off where nothing tells.
constexpr double kSlackSeconds = 0.26;

MediaTime time_at(double seconds) { return MediaTime::from_us(std::llround(seconds * 1e6)); }

/// A query sampled every half second, and a known video stored every half second.
struct Scene {
    double query_duration = 60;
    double reference_duration = 120;
    double step = 0.5;
    std::vector<TimeHit> hits;

    void hit(std::uint32_t frame, double begin, double end, double weight = 20) {
        const double time = frame * step;
        hits.push_back({frame, time_at(time), time_at(std::min(time + step, query_duration)),
                        time_at(std::max(time - step, 0.0)), time_at(begin), time_at(end), weight});
    }
    /// Frames of query time [from, to) show known time from `known` on at `speed`.
    void play(double from, double to, double known, double speed = 1) {
        const auto first = static_cast<std::uint32_t>(std::ceil(from / step));
        for (std::uint32_t frame = first; frame * step < to; ++frame) {
            const double begin = std::floor((known + speed * (frame * step - from)) / 0.5) * 0.5;
            hit(frame, begin, begin + 0.5);
        }
    }
    [[nodiscard]] std::vector<TimeSegment> segments(double min_weight = 30) const {
        TimeOptions options;
        options.query_duration = time_at(query_duration);
        options.reference_duration = time_at(reference_duration);
        options.min_weight = min_weight;
        std::vector<TimeSegment> found = find_time_segments(hits, options);
        std::sort(found.begin(), found.end(), [](const TimeSegment& a, const TimeSegment& b) {
            return a.query.begin < b.query.begin;
        });
        return found;
    }
};

void expect_spans(const TimeSegment& segment,
                  std::pair<double, double> query,
                  std::pair<double, double> reference,
                  double tolerance = kSlackSeconds) {
    EXPECT_NEAR(segment.query.begin.seconds(), query.first, tolerance);
    EXPECT_NEAR(segment.query.end.seconds(), query.second, tolerance);
    EXPECT_NEAR(segment.reference.begin.seconds(), reference.first, 2 * tolerance);
    EXPECT_NEAR(segment.reference.end.seconds(), reference.second, 2 * tolerance);
}

TEST(TimeSegments, FindsNothingInNothing) { EXPECT_TRUE(Scene{}.segments().empty()); }

TEST(TimeSegments, IgnoresHitsWithoutWeight) {
    Scene scene;
    scene.hit(3, 5, 6, 0);
    scene.hit(4, 5, 6, -2);
    scene.hit(5, 5, 6, NAN);
    EXPECT_TRUE(scene.segments(0).empty());
}

TEST(TimeSegments, FindsAnExcerptWithItsOffset) {
    Scene scene;
    scene.play(20, 25, 70);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    expect_spans(segments[0], {19.75, 24.75}, {69.75, 74.75}, 1e-3 + 0.125);
    EXPECT_EQ(segments[0].hits.size(), 10U);
    EXPECT_DOUBLE_EQ(segments[0].weight, 200);
    EXPECT_DOUBLE_EQ(segments[0].speed, 1);
}

TEST(TimeSegments, ReachesTheEdgesOfTheQuery) {
    Scene scene;
    scene.play(0, 60, 30);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].query.begin.ms(), 0);
    EXPECT_EQ(segments[0].query.end.ms(), 60000);
}

TEST(TimeSegments, PutsAnEdgeHalfwayToTheFrameThatMissed) {
    Scene scene;
    scene.step = 4;
    scene.play(20, 41, 50);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].query.begin.ms(), 18000);
    EXPECT_EQ(segments[0].query.end.ms(), 42000);
}

TEST(TimeSegments, StaysInsideTheReferenceOnBothSides) {
    Scene scene;
    scene.step = 4;
    scene.reference_duration = 21;
    scene.play(20, 41, 0);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].reference.begin.ms(), 0);
    EXPECT_LE(segments[0].reference.end.ms(), 21000);
    const MediaTime query = segments[0].query.end - segments[0].query.begin;
    const MediaTime reference = segments[0].reference.end - segments[0].reference.begin;
    EXPECT_NEAR(query.seconds(), reference.seconds(), 1e-3);
    EXPECT_NEAR(segments[0].query.begin.seconds(), 20, kSlackSeconds);
}

TEST(TimeSegments, LetsNeighboursMeet) {
    Scene scene;
    scene.play(10, 20, 70);
    scene.play(20, 30, 20);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_EQ(segments[0].query.end, segments[1].query.begin);
    EXPECT_EQ(segments[0].query.end.ms(), 19750);
    expect_spans(segments[1], {20, 30}, {20, 30});
}

TEST(TimeSegments, LetsTheNextBeginWhereTheReferenceOfTheFirstEnds) {
    Scene scene;
    scene.step = 4;
    scene.play(0, 21, 99.5);  // the known video ends at query time 20.5, before the middle at 22
    scene.play(24, 41, 20);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_NEAR(segments[0].query.end.seconds(), 20.5, kSlackSeconds);
    EXPECT_EQ(segments[0].query.end, segments[1].query.begin);
    EXPECT_EQ(segments[0].reference.end.ms(), 120000);
}

TEST(TimeSegments, IgnoresStraysInsideAndAroundASegment) {
    Scene scene;
    scene.play(20, 30, 70);
    std::mt19937 random(5);
    for (std::uint32_t frame = 0; frame < 119; ++frame) {
        for (int stray = 0; stray < 4; ++stray) {
            const double begin = static_cast<double>(random() % 239) * 0.5;
            scene.hit(frame, begin, begin + 0.5, 10);
        }
    }
    const auto segments = scene.segments(100);
    ASSERT_EQ(segments.size(), 1U);
    expect_spans(segments[0], {19.75, 29.75}, {69.75, 79.75}, 0.51);
    EXPECT_DOUBLE_EQ(segments[0].speed, 1);
}

TEST(TimeSegments, FindsShuffledShots) {
    Scene scene;
    scene.play(0, 6, 90);
    scene.play(6, 14, 10);
    scene.play(14, 20, 50);
    scene.play(20, 60, 60);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 4U);
    expect_spans(segments[0], {0, 6}, {90, 96});
    expect_spans(segments[1], {6, 14}, {10, 18});
    expect_spans(segments[2], {14, 20}, {50, 56});
    expect_spans(segments[3], {20, 60}, {60, 100});
}

TEST(TimeSegments, FindsEveryTurnOfALoop) {
    Scene scene;
    for (int turn = 0; turn < 5; ++turn) {
        scene.play(turn * 4.0, turn * 4.0 + 4, 50);
    }
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 5U);
    for (int turn = 0; turn < 5; ++turn) {
        const TimeSegment& segment = segments[static_cast<std::size_t>(turn)];
        expect_spans(segment, {turn * 4.0, turn * 4.0 + 4}, {50, 54});
        EXPECT_DOUBLE_EQ(segment.speed, 1);
    }
}

TEST(TimeSegments, FollowsTheRunWhereTheKnownVideoRepeatsAShot) {
    Scene scene;
    scene.play(0, 30, 40);
    scene.play(10, 15, 90);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    expect_spans(segments[0], {0, 30}, {40, 70});
}

TEST(TimeSegments, BridgesAShortGapAndSplitsAtALongOne) {
    Scene scene;
    scene.play(5, 15, 25);
    scene.play(18, 28, 38);
    EXPECT_EQ(scene.segments().size(), 1U);
    scene.play(40, 50, 60);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 2U);
    expect_spans(segments[0], {5, 28}, {25, 48});
    expect_spans(segments[1], {40, 50}, {60, 70});
}

TEST(TimeSegments, KeepsTheRightOffsetAfterAFreeze) {
    Scene scene;
    scene.play(0, 12, 30);
    for (std::uint32_t frame = 24; frame < 28; ++frame) {
        scene.hit(frame, 41.5, 42);
    }
    scene.play(14, 30, 42);
    const auto segments = scene.segments(100);
    ASSERT_EQ(segments.size(), 2U);
    for (const TimeSegment& segment : segments) {
        EXPECT_DOUBLE_EQ(segment.speed, 1);
    }
    const double first = (segments[0].reference.begin - segments[0].query.begin).seconds();
    const double second = (segments[1].reference.begin - segments[1].query.begin).seconds();
    EXPECT_NEAR(first, 30, kSlackSeconds);
    // The last held frames fit the far side of the stored spans, and may pull the line there.
    EXPECT_NEAR(second, 28, 2 * kSlackSeconds);
}

TEST(TimeSegments, LeavesOutTheFreezeBetweenTwoRuns) {
    Scene scene;
    scene.play(0, 12, 30);
    for (std::uint32_t frame = 24; frame < 28; ++frame) {
        // A slow scene: the stored frames beside the held one look like it, the less the farther.
        scene.hit(frame, 40.5, 41, 8);
        scene.hit(frame, 41, 41.5, 12);
        scene.hit(frame, 41.5, 42, 20);
        scene.hit(frame, 42, 42.5, 12);
        scene.hit(frame, 42.5, 43, 8);
    }
    scene.play(14, 30, 42);
    const auto segments = scene.segments(100);
    ASSERT_EQ(segments.size(), 2U);
    const bool is_in_order = segments[0].query.begin < segments[1].query.begin;
    const TimeSegment& before = segments[is_in_order ? 0 : 1];
    const TimeSegment& after = segments[is_in_order ? 1 : 0];
    // Held or not is known to a sampled frame, the second line less exactly, as above.
    EXPECT_NEAR(before.query.end.seconds(), 12, scene.step);
    EXPECT_NEAR(after.query.begin.seconds(), 14, scene.step + kSlackSeconds);
    EXPECT_NEAR(before.reference.end.seconds(), after.reference.begin.seconds(), 0.001);
}

TEST(TimeSegments, LeavesNothingOutWhereTheVideoStepsBack) {
    Scene scene;
    scene.play(0, 12, 30);
    scene.play(12, 30, 40);
    const auto segments = scene.segments(100);
    ASSERT_EQ(segments.size(), 2U);
    const double sum = (segments[0].query.end - segments[0].query.begin).seconds() +
                       (segments[1].query.end - segments[1].query.begin).seconds();
    EXPECT_NEAR(sum, 30, kSlackSeconds);
}

TEST(TimeSegments, ReportsALongHeldPictureAsSpeedZero) {
    Scene scene;
    for (std::uint32_t frame = 20; frame < 60; ++frame) {
        scene.hit(frame, 41, 42);
    }
    const auto segments = scene.segments(100);
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_DOUBLE_EQ(segments[0].speed, 0);
    EXPECT_EQ(segments[0].query.begin.ms(), 9750);
    EXPECT_EQ(segments[0].query.end.ms(), 29750);
    EXPECT_EQ(segments[0].reference.begin.ms(), 41000);
    EXPECT_EQ(segments[0].reference.end.ms(), 42000);
}

TEST(TimeSegments, TakesAStaticSceneForNormalPlay) {
    Scene scene;
    for (std::uint32_t frame = 20; frame < 60; ++frame) {
        scene.hit(frame, 40, 100);
    }
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_DOUBLE_EQ(segments[0].speed, 1);
    EXPECT_EQ((segments[0].query.end - segments[0].query.begin).ms(), 20000);
    EXPECT_EQ((segments[0].reference.end - segments[0].reference.begin).ms(), 20000);
    EXPECT_GE(segments[0].reference.begin.ms(), 40000 - 300);
    EXPECT_LE(segments[0].reference.end.ms(), 100000 + 300);
}

TEST(TimeSegments, ContinuesTheLineOfItsNeighboursThroughAStaticScene) {
    Scene scene;
    scene.play(5, 10, 45);
    for (std::uint32_t frame = 20; frame < 60; ++frame) {
        scene.hit(frame, 50, 70);
    }
    scene.play(30, 35, 70);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    expect_spans(segments[0], {5, 35}, {45, 75});
}

TEST(TimeSegments, EndsAlsoWhenEveryFrameMatchesEveryOther) {
    Scene scene;
    scene.reference_duration = 60;
    for (std::uint32_t q = 0; q < 120; ++q) {
        for (int r = 0; r < 120; ++r) {
            scene.hit(q, r * 0.5, r * 0.5 + 0.5, 15 + (q * 7 + static_cast<unsigned>(r) * 5) % 11);
        }
    }
    const auto segments = scene.segments(0);
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_DOUBLE_EQ(segments[0].speed, 1);
    expect_spans(segments[0], {0, 60}, {0, 60}, 0.5);
    EXPECT_EQ(segments[0].hits.size(), 120U);
}

class Speeds : public testing::TestWithParam<double> {};

TEST_P(Speeds, AreFoundWithTheirSpans) {
    const double speed = GetParam();
    Scene scene;
    scene.play(10, 40, speed > 0 ? 20 : 100, speed);
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_NEAR(segments[0].speed, speed, 0.03 * std::abs(speed));
    const double low = speed > 0 ? 20 : 100 + 30 * speed;
    const double high = speed > 0 ? 20 + 30 * speed : 100;
    expect_spans(segments[0], {10, 40}, {low, high}, 0.4);
}

INSTANTIATE_TEST_SUITE_P(Each,
                         Speeds,
                         testing::Values(0.5,
                                         0.65,
                                         0.8,
                                         0.96,
                                         1.0,
                                         1.0427,
                                         1.25,
                                         1.37,
                                         1.5,
                                         2.0,
                                         -0.5,
                                         -0.8,
                                         -1.0,
                                         -1.5,
                                         -2.0));

TEST(TimeSegments, NeverReadsASpeedFromTwoHits) {
    Scene scene;
    scene.hit(20, 50, 50.5);
    scene.hit(24, 46, 46.5);
    for (const TimeSegment& segment : scene.segments(0)) {
        EXPECT_DOUBLE_EQ(segment.speed, 1);
    }
    EXPECT_EQ(scene.segments(0).size(), 2U);
}

TEST(TimeSegments, MakesASegmentOfALoneHit) {
    Scene scene;
    scene.hit(20, 50, 50.5);
    const auto segments = scene.segments(0);
    ASSERT_EQ(segments.size(), 1U);
    expect_spans(segments[0], {9.75, 10.25}, {50, 50.5});
    EXPECT_EQ(segments[0].hits, std::vector<std::size_t>{0});
}

TEST(TimeSegments, TakesInstantsAndDuplicatesAndHitsBeyondTheEnd) {
    Scene scene;
    for (std::uint32_t frame = 0; frame < 8; ++frame) {
        scene.hit(frame, 118 + frame * 0.5, 118 + frame * 0.5);
        scene.hit(frame, 118 + frame * 0.5, 117);
        scene.hit(frame, 118 + frame * 0.5, 118 + frame * 0.5);
    }
    const auto segments = scene.segments();
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].hits.size(), 8U);
    expect_spans(segments[0], {0, 2}, {118, 120}, 1e-3);
}

TEST(TimeSegments, TakesFramesOfEqualTime) {
    std::vector<TimeHit> hits;
    for (std::uint32_t frame = 0; frame < 6; ++frame) {
        hits.push_back({frame, {}, {}, {}, time_at(5), time_at(6), 10});
    }
    const auto segments = find_time_segments(hits, {});
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].hits.size(), 6U);
    EXPECT_LE(segments[0].query.begin, segments[0].query.end);
}

TEST(TimeSegments, KeepsTheStrongestWhenThereAreTooMany) {
    Scene scene;
    scene.play(0, 6, 90);
    scene.play(6, 20, 10);
    scene.play(20, 28, 50);
    TimeOptions options;
    options.max_segments = 2;
    const auto segments = find_time_segments(scene.hits, options);
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_EQ(segments[0].hits.size(), 28U);
    EXPECT_EQ(segments[1].hits.size(), 16U);
}

}  // namespace
}  // namespace refrain::align
