#include "media/timeline.h"

#include <gtest/gtest.h>

namespace refrain::media {
namespace {

constexpr MediaTime kFrame = MediaTime::from_ms(40);

TEST(Timeline, KeepsStampsAsTheyAre) {
    Timeline timeline({.claimed_end = MediaTime::from_seconds(60)});
    EXPECT_EQ(timeline.place(MediaTime::from_ms(80), kFrame), MediaTime::from_ms(80));
    // A slide that stays for half a minute is no error.
    EXPECT_EQ(timeline.place(MediaTime::from_ms(30'000), kFrame), MediaTime::from_ms(30'000));
    EXPECT_EQ(timeline.end(), MediaTime::from_ms(30'040));
}

TEST(Timeline, CountsFromTheOrigin) {
    Timeline timeline({.origin = MediaTime::from_ms(1400)});
    EXPECT_EQ(timeline.place(MediaTime::from_ms(1480), kFrame), MediaTime::from_ms(80));
}

TEST(Timeline, CountsFromTheFirstStampWithoutAnOrigin) {
    Timeline timeline({.origin = std::nullopt});
    EXPECT_EQ(timeline.place(MediaTime::from_ms(1400), kFrame), MediaTime{});
    EXPECT_EQ(timeline.place(MediaTime::from_ms(1480), kFrame), MediaTime::from_ms(80));
}

TEST(Timeline, NeverStartsBeforeZero) {
    Timeline timeline({});
    EXPECT_EQ(timeline.place(MediaTime::from_ms(-80), kFrame), MediaTime{});
}

TEST(Timeline, FillsMissingStampsFromTheFrameBefore) {
    Timeline timeline({});
    EXPECT_EQ(timeline.place(std::nullopt, kFrame), MediaTime{});
    EXPECT_EQ(timeline.place(std::nullopt, kFrame), kFrame);
    EXPECT_EQ(timeline.place(std::nullopt, kFrame), MediaTime::from_ms(80));
}

TEST(Timeline, HoldsTimeWhereAStampStepsBack) {
    Timeline timeline({});
    timeline.place(MediaTime::from_ms(400), kFrame);
    EXPECT_EQ(timeline.place(MediaTime::from_ms(360), kFrame), MediaTime::from_ms(400));
    EXPECT_EQ(timeline.place(MediaTime::from_ms(440), kFrame), MediaTime::from_ms(440));
}

TEST(Timeline, GoesOnWhereAStampStepsFarBack) {
    Timeline timeline({.origin = MediaTime::from_seconds(95'000)});
    timeline.place(MediaTime::from_seconds(95'001), kFrame);
    EXPECT_EQ(timeline.place(MediaTime::from_seconds(3), kFrame), MediaTime::from_ms(1040));
    EXPECT_EQ(timeline.place(MediaTime::from_ms(3500), kFrame), MediaTime::from_ms(1540));
}

TEST(Timeline, GoesOnWhereAStampLeapsPastTheClaimedEnd) {
    Timeline timeline({.claimed_end = MediaTime::from_seconds(5)});
    timeline.place(MediaTime::from_seconds(1), kFrame);
    EXPECT_EQ(timeline.place(MediaTime::from_seconds(90'000), kFrame), MediaTime::from_ms(1040));
}

}  // namespace
}  // namespace refrain::media
