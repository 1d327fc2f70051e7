#include "align/time_segments.h"

#include <gtest/gtest.h>

namespace refrain::align {
namespace {

TimeHit hit_at(std::uint32_t frame,
               std::int64_t query_ms,
               std::int64_t reference_ms,
               int distance = 5) {
    return {frame, MediaTime::from_ms(query_ms), MediaTime::from_ms(query_ms + 1000),
            MediaTime::from_ms(reference_ms), distance};
}

TimeOptions options_for(std::int64_t reference_ms) {
    TimeOptions options;
    options.reference_duration = MediaTime::from_ms(reference_ms);
    return options;
}

TEST(TimeSegments, FindsNothingInNothing) {
    EXPECT_TRUE(find_time_segments({}, options_for(1000)).empty());
}

TEST(TimeSegments, FindsAnExcerptWithItsOffset) {
    std::vector<TimeHit> hits;
    for (std::uint32_t i = 0; i < 5; ++i) {
        hits.push_back(hit_at(i + 3, 20000 + i * 1000, 5000 + i * 1000));
    }
    const auto segments = find_time_segments(hits, options_for(60000));
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].query.begin.ms(), 20000);
    EXPECT_EQ(segments[0].query.end.ms(), 25000);
    EXPECT_EQ(segments[0].reference.begin.ms(), 5000);
    EXPECT_EQ(segments[0].reference.end.ms(), 10000);
    EXPECT_EQ(segments[0].hits.size(), 5U);
}

TEST(TimeSegments, IgnoresAStrayHitInsideASegment) {
    std::vector<TimeHit> hits;
    for (std::uint32_t i = 0; i < 6; ++i) {
        hits.push_back(hit_at(i, i * 1000, i * 1000));
    }
    hits.push_back(hit_at(2, 2000, 50000, 30));
    const auto segments = find_time_segments(hits, options_for(60000));
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].hits.size(), 6U);
}

TEST(TimeSegments, TellsTwoExcerptsOfOneVideoApart) {
    std::vector<TimeHit> hits;
    for (std::uint32_t i = 0; i < 3; ++i) {
        hits.push_back(hit_at(i, i * 1000, 40000 + i * 1000));
    }
    for (std::uint32_t i = 3; i < 8; ++i) {
        hits.push_back(hit_at(i, i * 1000, i * 1000 - 3000));
    }
    const auto segments = find_time_segments(hits, options_for(60000));
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_EQ(segments[0].hits.size(), 5U);
    EXPECT_EQ(segments[1].reference.begin.ms(), 40000);
}

TEST(TimeSegments, StaysInsideTheReference) {
    const auto segments =
        find_time_segments(std::vector<TimeHit>{hit_at(0, 0, 9500)}, options_for(10000));
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].reference.begin.ms(), 9500);
    EXPECT_EQ(segments[0].reference.end.ms(), 10000);
}

TEST(TimeSegments, EndsAlsoWhenEveryFrameMatchesEveryOther) {
    std::vector<TimeHit> hits;
    for (std::uint32_t q = 0; q < 60; ++q) {
        for (std::int64_t r = 0; r < 60; ++r) {
            hits.push_back(hit_at(q, q * 1000, r * 1000, 0));
        }
    }
    const auto segments = find_time_segments(hits, options_for(60000));
    ASSERT_EQ(segments.size(), 1U);
    EXPECT_EQ(segments[0].query.begin.ms(), 0);
    EXPECT_EQ(segments[0].query.end.ms(), 60000);
    EXPECT_EQ(segments[0].hits.size(), 60U);
}

}  // namespace
}  // namespace refrain::align
