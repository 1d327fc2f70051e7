#include "align/time_segments.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include <gtest/gtest.h>

#include "align/offset_window.h"
#include "edit_timeline.h"

namespace refrain::align {
namespace {

constexpr double kKnownSeconds = 300;
constexpr std::uint64_t kEdits = 30;

MediaTime time_at(double seconds) { return MediaTime::from_us(std::llround(seconds * 1e6)); }

/// One random edit of one random video, and what was found in it.
struct Trial {
    std::vector<test::EditPart> parts;
    std::vector<TimeHit> hits;
    TimeOptions options;
    std::vector<TimeSegment> segments;

    Trial(std::uint64_t seed, const test::SamplingOptions& sampling) {
        test::Dice dice(seed);
        const auto known = test::make_known_video(dice, kKnownSeconds);
        parts = test::make_edit(dice, known.back().end, 8);
        hits = test::sample_hits(dice, known, parts, sampling);
        options.query_duration = time_at(parts.back().query_end);
        options.reference_duration = time_at(known.back().end);
        options.min_weight = 1.9;  // more than the heaviest single hit
        segments = find_time_segments(hits, options);
    }
};

/// Means over the parts that play the known video, each against the segment that fits it best.
struct Quality {
    double query = 0;
    double reference = 0;
    double speed = 0;  ///< share of parts with a speed within 5 %
    int parts = 0;

    void add(const Trial& trial) {
        for (const test::EditPart& part : trial.parts) {
            if (part.is_foreign() || part.speed == 0) {
                continue;
            }
            const double last = part.known_at(part.query_end);
            const double low = std::min(part.known_begin, last);
            const double high = std::max(part.known_begin, last);
            std::tuple<double, double, bool> best{0, 0, false};
            for (const TimeSegment& segment : trial.segments) {
                const double on_query =
                    test::overlap(part.query_begin, part.query_end, segment.query.begin.seconds(),
                                  segment.query.end.seconds());
                const double on_known = test::overlap(low, high, segment.reference.begin.seconds(),
                                                      segment.reference.end.seconds());
                const bool is_right =
                    std::abs(segment.speed - part.speed) <= 0.05 * std::abs(part.speed);
                best = std::max(best, std::tuple(on_query, on_known, is_right));
            }
            query += std::get<0>(best);
            reference += std::get<1>(best);
            speed += std::get<2>(best) ? 1 : 0;
            ++parts;
        }
    }
};

Quality quality_of(const test::SamplingOptions& sampling) {
    Quality quality;
    for (std::uint64_t seed = 1; seed <= kEdits; ++seed) {
        quality.add(Trial(seed, sampling));
    }
    quality.query /= quality.parts;
    quality.reference /= quality.parts;
    quality.speed /= quality.parts;
    return quality;
}

TEST(RandomEdits, AreFoundAtTwoFramesASecondWithFourStraysAFrame) {
    const Quality quality = quality_of({2, 0.04, 0.2, 4, 0.8});
    EXPECT_GT(quality.parts, 100);
    EXPECT_GE(quality.query, 0.85);
    EXPECT_GE(quality.reference, 0.85);
    EXPECT_GE(quality.speed, 0.85);
}

TEST(RandomEdits, AreFoundAtFourFramesASecondWithAThirdMissing) {
    const Quality quality = quality_of({4, 0.04, 0.3, 1, 0.8});
    EXPECT_GE(quality.query, 0.88);
    EXPECT_GE(quality.reference, 0.88);
    EXPECT_GE(quality.speed, 0.88);
}

TEST(RandomEdits, AreFoundAtOneFrameASecond) {
    const Quality quality = quality_of({1, 0.04, 0.1, 0.5, 0.8});
    EXPECT_GE(quality.query, 0.85);
    EXPECT_GE(quality.reference, 0.8);
    EXPECT_GE(quality.speed, 0.7);  // a 6 s part at 0.8x has six samples of spans as long as that
}

TEST(RandomEdits, GiveSegmentsThatKeepTheirPromises) {
    for (std::uint64_t seed = 1; seed <= kEdits; ++seed) {
        const Trial trial(seed, {3, 0.04, 0.2, 3, 1.0});
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        std::vector<TimeSegment> segments = trial.segments;
        EXPECT_TRUE(std::is_sorted(
            segments.begin(), segments.end(),
            [](const TimeSegment& a, const TimeSegment& b) { return a.weight > b.weight; }));
        std::sort(segments.begin(), segments.end(), [](const TimeSegment& a, const TimeSegment& b) {
            return std::tie(a.query.begin, a.query.end) < std::tie(b.query.begin, b.query.end);
        });
        MediaTime reached;
        for (const TimeSegment& segment : segments) {
            EXPECT_LE(reached, segment.query.begin);
            EXPECT_LE(segment.query.begin, segment.query.end);
            reached = segment.query.end;
            EXPECT_LE(MediaTime{}, segment.reference.begin);
            EXPECT_LE(segment.reference.begin, segment.reference.end);
            EXPECT_LE(segment.reference.end, trial.options.reference_duration);
            if (segment.speed != 0) {
                EXPECT_NEAR(
                    (segment.reference.end - segment.reference.begin).seconds(),
                    std::abs(segment.speed) * (segment.query.end - segment.query.begin).seconds(),
                    1e-3);
            }
            double weight = 0;
            for (std::size_t i = 0; i < segment.hits.size(); ++i) {
                weight += trial.hits[segment.hits[i]].weight;
                EXPECT_TRUE(i == 0 || trial.hits[segment.hits[i - 1]].query_frame <
                                          trial.hits[segment.hits[i]].query_frame);
            }
            EXPECT_NEAR(segment.weight, weight, 1e-9);
        }
        EXPECT_LE(reached, trial.options.query_duration);
    }
}

TEST(RandomEdits, GiveTheSameInAnyOrderOfTheHits) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        const Trial trial(seed, {2, 0.04, 0.2, 3, 1.0});
        std::vector<std::size_t> order(trial.hits.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        test::Dice dice(seed + 1000);
        std::shuffle(order.begin(), order.end(), dice.engine());
        std::vector<TimeHit> shuffled;
        shuffled.reserve(order.size());
        for (const std::size_t i : order) {
            shuffled.push_back(trial.hits[i]);
        }
        const auto segments = find_time_segments(shuffled, trial.options);
        ASSERT_EQ(segments.size(), trial.segments.size());
        for (std::size_t s = 0; s < segments.size(); ++s) {
            EXPECT_EQ(segments[s].query.begin, trial.segments[s].query.begin);
            EXPECT_EQ(segments[s].query.end, trial.segments[s].query.end);
            EXPECT_EQ(segments[s].reference.begin, trial.segments[s].reference.begin);
            EXPECT_EQ(segments[s].speed, trial.segments[s].speed);
            std::vector<std::size_t> hits;
            for (const std::size_t i : segments[s].hits) {
                hits.push_back(order[i]);
            }
            EXPECT_EQ(hits, trial.segments[s].hits);
        }
    }
}

TEST(PureNoise, GivesNoHeavySegment) {
    double heaviest = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        test::Dice dice(seed);
        const auto known = test::make_known_video(dice, kKnownSeconds);
        const std::vector<test::EditPart> foreign{{0, 120, -1, 1}};
        const auto hits = test::sample_hits(dice, known, foreign, {2, 0.04, 0, 2, 1.0});
        TimeOptions options;
        options.query_duration = time_at(120);
        options.reference_duration = time_at(known.back().end);
        for (const TimeSegment& segment : find_time_segments(hits, options)) {
            heaviest = std::max(heaviest, segment.weight);
        }
    }
    // The heaviest hit weighs 1; right parts of 6 s and more weigh at least 7 at this rate.
    EXPECT_LT(heaviest, 7);
    RecordProperty("heaviest", std::to_string(heaviest));
}

class OffsetTwins : public testing::TestWithParam<std::uint64_t> {};

TEST_P(OffsetTwins, AgreeOnTheBestOffset) {
    test::Dice dice(GetParam());
    OffsetSweep sweep;
    for (int round = 0; round < 200; ++round) {
        std::vector<OffsetVote> votes;
        for (std::size_t i = 0; i < 1 + dice.below(40); ++i) {
            // Whole numbers, so that ends meet and weights tie.
            const double begin = std::floor(dice.between(0, 60));
            votes.push_back({static_cast<std::uint32_t>(dice.below(12)), begin,
                             begin + std::floor(dice.between(0, 9)),
                             1 + std::floor(dice.between(0, 3))});
        }
        const OffsetPeak plain = best_offset_plain(votes);
        const OffsetPeak fast = sweep.best_offset(votes);
        ASSERT_DOUBLE_EQ(fast.weight, plain.weight) << "round " << round;
        ASSERT_EQ(fast.begin, plain.begin) << "round " << round;
        ASSERT_EQ(fast.end, plain.end) << "round " << round;
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, OffsetTwins, testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace refrain::align
