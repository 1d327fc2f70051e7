#include "match/interruptions.h"

#include <vector>

#include <gtest/gtest.h>

namespace refrain::match {
namespace {

constexpr std::size_t kFirstPlace = 100;

bool is_place(std::size_t hit) { return hit >= kFirstPlace; }

/// A run of seconds of the query beside the item at `offset` seconds later.
align::TimeSegment run(double begin, double end, double offset, std::vector<std::size_t> hits) {
    const auto time = [](double seconds) {
        return MediaTime::from_us(static_cast<std::int64_t>(seconds * 1e6));
    };
    const double weight = static_cast<double>(hits.size());
    return {{time(begin), time(end)},
            {time(begin + offset), time(end + offset)},
            1.0,
            std::move(hits),
            weight};
}

TEST(Interruptions, OfOneLineByPlacesAloneAreDropped) {
    const auto kept = without_interruptions({run(12, 40, 7, {3, 4, 5}), run(0, 10, 7, {0, 1, 2}),
                                             run(10, 11, 300, {100, 101}), run(11, 12, 500, {102})},
                                            is_place);
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].query.begin, MediaTime{});
    EXPECT_EQ(kept[0].query.end, MediaTime::from_seconds(40));
    EXPECT_EQ(kept[0].reference.begin, MediaTime::from_seconds(7));
    EXPECT_EQ(kept[0].reference.end, MediaTime::from_seconds(47));
    EXPECT_EQ(kept[0].hits, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5}));
    EXPECT_DOUBLE_EQ(kept[0].weight, 6);
}

TEST(Interruptions, OfAReversedLineAreDropped) {
    align::TimeSegment first = run(0, 10, 40, {0});
    align::TimeSegment second = run(12, 20, 18, {1});
    first.speed = second.speed = -1;  // 50 to 40, then 38 to 30
    const auto kept = without_interruptions({first, run(10, 12, 300, {100}), second}, is_place);
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].reference.begin, MediaTime::from_seconds(30));
    EXPECT_EQ(kept[0].reference.end, MediaTime::from_seconds(50));
}

TEST(Interruptions, AreKeptWhereWholeFramesShowThem) {
    const auto kept = without_interruptions(
        {run(0, 10, 7, {0}), run(10, 12, 300, {1, 100}), run(12, 40, 7, {2})}, is_place);
    EXPECT_EQ(kept.size(), 3U);
}

TEST(Interruptions, AreKeptBetweenTwoLines) {
    for (const double offset : {6.0, 8.0, 300.0}) {
        const auto kept = without_interruptions(
            {run(0, 10, 7, {0}), run(10, 12, 300, {100}), run(12, 40, offset, {1})}, is_place);
        EXPECT_EQ(kept.size(), 3U) << offset;
    }
}

TEST(Interruptions, AreKeptWhereTheyAreLong) {
    const auto kept = without_interruptions(
        {run(0, 10, 7, {0}), run(10, 15.1, 300, {100}), run(15.1, 40, 7, {1})}, is_place);
    EXPECT_EQ(kept.size(), 3U);
}

TEST(Interruptions, AreOfPlacesSoThatTwoRunsWithNothingBetweenStayTwo) {
    const auto kept = without_interruptions({run(0, 10, 7, {0}), run(12, 40, 7, {1})}, is_place);
    EXPECT_EQ(kept.size(), 2U);
}

TEST(Interruptions, AreKeptAtBothEnds) {
    const auto kept = without_interruptions(
        {run(0, 2, 300, {100}), run(2, 10, 7, {0}), run(10, 12, 300, {101})}, is_place);
    EXPECT_EQ(kept.size(), 3U);
}

}  // namespace
}  // namespace refrain::match
