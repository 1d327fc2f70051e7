#include "evidence/local/shared_places.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "support/items_in_memory.h"
#include "support/made_up_medium.h"

namespace refrain::evidence {
namespace {

using namespace test;

constexpr std::int64_t kMany = 10;
constexpr int kShared = 100;
constexpr int kRest = 100;

/// Known pictures that lie in one frame as they are, and what they share with it.
class Shared : public testing::Test {
  protected:
    /// Agrees with the frame in points of a template, in the left half of both, which another seed
    /// puts elsewhere; `rest` is what it has in the right half.
    PlacedFrame& add(std::int64_t key,
                     std::vector<LocalPoint> rest,
                     double shift = 0,
                     int shared = kShared) {
        Fingerprint medium = made_up(static_cast<std::uint64_t>(key), MediaKind::kImage, 1, 0);
        Random random(1);
        std::vector<LocalPoint>& points = medium.local[0].points;
        PlacedFrame placed;
        for (LocalPoint point : scattered(random, MediaTime{}, shared).points) {
            point.x = static_cast<std::uint16_t>(point.x / 2);
            placed.agreed.push_back(
                {cell_of(point, shift), static_cast<std::uint16_t>(points.size())});
            points.push_back(point);
        }
        points.insert(points.end(), rest.begin(), rest.end());
        items_.add(key, medium);
        placed.score = 40;
        placed.query_size = {kWidth, kHeight};
        placed.placement.known_to_query = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        placed.placement.log10_chance = -100;
        return groups_[{key, false, false, 0}].emplace_back(std::move(placed));
    }

    static std::uint16_t cell_of(const LocalPoint& point, double shift) {
        constexpr double kPixel = 1.0 / LocalPoint::kPositionUnits;
        const auto column =
            static_cast<std::size_t>((point.x * kPixel + shift) * AgreedPoint::kCells / kWidth);
        const auto row = static_cast<std::size_t>(point.y * kPixel * AgreedPoint::kCells / kHeight);
        return static_cast<std::uint16_t>(row * AgreedPoint::kCells + column);
    }

    /// Points in the right half, of which some are those of seed 0.
    static std::vector<LocalPoint> rest_of(std::uint64_t seed, int common = 0, int all = kRest) {
        Random first(1000);
        Random own(1000 + seed);
        std::vector<LocalPoint> points = scattered(own, MediaTime{}, all).points;
        const std::vector<LocalPoint> others = scattered(first, MediaTime{}, all).points;
        std::copy_n(others.begin(), common, points.begin());
        for (LocalPoint& point : points) {
            point.x = static_cast<std::uint16_t>(point.x / 2.2 +
                                                 kWidth * 0.53 * LocalPoint::kPositionUnits);
        }
        return points;
    }

    double worth_of(std::int64_t key) {
        return groups_.at({key, false, false, 0}).front().own_worth;
    }

    void share() { ASSERT_TRUE(share_places(groups_, items_).ok()); }

    ItemsInMemory items_;
    PlacedGroups groups_;
};

TEST_F(Shared, ByManyUnrelatedPicturesIsWorthNothing) {
    for (std::int64_t key = 1; key <= kMany; ++key) {
        add(key, rest_of(static_cast<std::uint64_t>(key)));
    }
    share();
    for (std::int64_t key = 1; key <= kMany; ++key) {
        EXPECT_DOUBLE_EQ(worth_of(key), 0);
    }
}

TEST_F(Shared, ByFewIsWorthAsMuchAsEver) {
    for (std::int64_t key = 1; key <= 4; ++key) {
        add(key, rest_of(static_cast<std::uint64_t>(key)));
    }
    share();
    EXPECT_DOUBLE_EQ(worth_of(1), 1);
}

TEST_F(Shared, PointsOfItsOwnMakeAPlaceCount) {
    for (std::int64_t key = 1; key <= kMany; ++key) {
        add(key, rest_of(static_cast<std::uint64_t>(key)));
    }
    PlacedFrame& copy = groups_.at({1, false, false, 0}).front();
    // Ten of 110 points: a chance of 10^-9.1 by themselves, of 10^-100 for all.
    const KnownItem& item = *items_.items.at(1);
    for (std::uint16_t i = 0; i < 10; ++i) {
        const auto known = static_cast<std::uint16_t>(kShared + i);
        copy.agreed.push_back({cell_of(item.local[0].points[known], 0), known});
    }
    share();
    EXPECT_NEAR(worth_of(1), 100 * (10.0 / 110) / 40, 0.02);
    EXPECT_DOUBLE_EQ(worth_of(2), 0);
}

// More than a third of what the query does not show is the same in all: they show one thing.
TEST_F(Shared, ByPicturesThatHaveTheirRestInCommonIsTheirs) {
    for (const int common : {0, 22, 30, 42, 60, 100}) {
        groups_.clear();
        for (std::int64_t key = 1; key <= kMany; ++key) {
            add(key, rest_of(static_cast<std::uint64_t>(key), common));
        }
        share();
        EXPECT_DOUBLE_EQ(worth_of(3), common > 35 ? 1 : 0) << common;
    }
}

// Whatever has hardly a point beside what is shared is related to all that have it.
TEST_F(Shared, PicturesOfNothingElseAreOne) {
    for (const int rest : {0, 7, 11, 13, 30}) {
        groups_.clear();
        for (std::int64_t key = 1; key <= kMany; ++key) {
            add(key, rest_of(static_cast<std::uint64_t>(key), 0, rest));
        }
        share();
        EXPECT_DOUBLE_EQ(worth_of(3), rest < 12 ? 1 : 0) << rest;
    }
}

// Points need not be the same ones to say that the same is shown, if they lie near.
TEST_F(Shared, PointsThatLieWithinTwoCellsAreShared) {
    constexpr double kCell = double{kWidth} / AgreedPoint::kCells;
    for (const int cells : {0, 1, 2, 3}) {
        groups_.clear();
        add(1, rest_of(1), 0, 1);
        for (std::int64_t key = 2; key <= kMany; ++key) {
            add(key, rest_of(static_cast<std::uint64_t>(key)), cells * kCell, 1);
        }
        share();
        EXPECT_DOUBLE_EQ(worth_of(1), cells <= 2 ? 0 : 1) << cells;
    }
}

TEST_F(Shared, ScoresAreDividedByTheRootOfTheMedia) {
    for (std::int64_t key = 1; key <= 4; ++key) {
        add(key, rest_of(static_cast<std::uint64_t>(key)));
    }
    share();
    EXPECT_DOUBLE_EQ(groups_.at({1, false, false, 0}).front().score, 20);
}

// Neither an item that has gone nor a place without points is divided by.
TEST_F(Shared, WhatIsGoneIsNoError) {
    for (std::int64_t key = 1; key <= kMany; ++key) {
        add(key, rest_of(static_cast<std::uint64_t>(key))).agreed.clear();
    }
    items_.items.clear();
    share();
    EXPECT_DOUBLE_EQ(worth_of(1), 1);
    groups_.clear();
    share();
}

}  // namespace
}  // namespace refrain::evidence
