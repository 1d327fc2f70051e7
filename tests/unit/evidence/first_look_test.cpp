#include "evidence/local/first_look.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <numeric>
#include <stop_token>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/local/local_votes.h"
#include "support/first_look_fixture.h"
#include "support/made_up_medium.h"
#include "verdict/local_score.h"

namespace refrain::evidence {
namespace {

using namespace test;

/// A pair whose known point lies at (x, y) and whose query point lies where a map says that turns
/// by a quarter and doubles.
struct TestPairs {
    void add(float x, float y, int distance) {
        known.push_back({x, y, 1, 0.2F});
        query.push_back({500 - 2 * y, 40 + 2 * x, 2, 0.2F + std::numbers::pi_v<float> / 2});
        const auto at = static_cast<std::uint32_t>(pairs.size());
        pairs.push_back(
            {at, at, verdict::pair_weight(distance), static_cast<std::uint16_t>(distance)});
    }
    [[nodiscard]] double promise() const { return promise_of(pairs, query, known, 500); }

    std::vector<align::PointPlace> known;
    std::vector<align::PointPlace> query;
    std::vector<align::PointPair> pairs;
};

TEST(Promise, GrowsWithEachPairThatAgrees) {
    TestPairs pairs;
    pairs.add(10, 20, 30);
    EXPECT_EQ(pairs.promise(), -INFINITY) << "one pair agrees with nothing";
    pairs.add(60, 35, 36);
    const double chances = std::log10(500 * 2.0);
    EXPECT_NEAR(pairs.promise(),
                verdict::pair_rarity(30) + verdict::pair_rarity(36) - 2 * chances +
                    kFirstLookRules.agreement,
                1e-6);
    const double two = pairs.promise();
    pairs.add(30, 90, 40);
    EXPECT_GT(pairs.promise(), two + 1);
}

TEST(Promise, TakesNoNoticeOfWhatTurnsScalesOrLiesOtherwise) {
    TestPairs turned;
    TestPairs scaled;
    TestPairs moved;
    for (TestPairs* pairs : {&turned, &scaled, &moved}) {
        pairs->add(10, 20, 30);
        pairs->add(60, 35, 30);
    }
    turned.query[1].angle += 0.6F;
    scaled.query[1].scale *= 1.8F;
    moved.query[1].x = 560;
    EXPECT_EQ(turned.promise(), -INFINITY);
    EXPECT_EQ(scaled.promise(), -INFINITY);
    EXPECT_EQ(moved.promise(), -INFINITY);
}

TEST(Promise, CountsWhatHuddlesOnce) {
    TestPairs pairs;
    pairs.add(10, 20, 30);
    pairs.add(60, 35, 30);
    pairs.add(62, 36, 30);
    TestPairs two;
    two.add(10, 20, 30);
    two.add(60, 35, 30);
    two.known.push_back({});  // as many known points
    EXPECT_DOUBLE_EQ(pairs.promise(), two.promise());
}

TEST(FirstPoints, LeaveNoCellWithoutAndAreSomeThird) {
    Random random(1);
    const LocalFrame frame = scattered(random, MediaTime{}, 1500);
    const std::vector<std::uint32_t> first = first_points(frame);
    EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
    EXPECT_EQ(std::adjacent_find(first.begin(), first.end()), first.end());
    EXPECT_NEAR(static_cast<double>(first.size()), 0.36 * 1500, 40);
    std::map<std::pair<int, int>, int> cells;
    for (const std::uint32_t i : first) {
        const LocalPoint& point = frame.points.at(i);
        ++cells[{point.x * 6 / (16 * kWidth), point.y * 6 / (16 * kHeight)}];
    }
    EXPECT_EQ(cells.size(), 36U);
}

TEST(FirstPoints, TakeSomeOfWhatIsLessTelling) {
    Random random(2);
    const LocalFrame frame = scattered(random, MediaTime{}, 1800);
    const std::vector<std::uint32_t> first = first_points(frame);
    const auto last_third = std::lower_bound(first.begin(), first.end(), 1200U);
    EXPECT_GT(first.end() - last_third, 60);
    EXPECT_LT(first.end() - last_third, last_third - first.begin());
}

TEST(FirstPoints, AreAllOfThemWhereThereAreFew) {
    Random random(3);
    LocalFrame frame = scattered(random, MediaTime{}, 1);
    EXPECT_EQ(first_points(frame).size(), 1U);
    frame.points.clear();
    EXPECT_TRUE(first_points(frame).empty());
}

/// A query that contains a known picture: two of its codes are near, all others too far to vote,
/// but near enough to place it once it is looked at.
class Threshold : public FirstLookTest {
  protected:
    using FirstLookTest::is_asked;

    bool is_asked(int distance, const FirstLookRules& rules) {
        return is_asked(with_two_near_codes(distance), rules);
    }

    /// By default two pairs promise this much.
    static double promise(int distance, std::size_t asked) {
        return 2 * (verdict::pair_rarity(distance) -
                    std::log10(static_cast<double>(asked) * kPoints)) +
               kFirstLookRules.agreement;
    }

    static Fingerprint with_two_near_codes(int distance) {
        Random random(77);
        Fingerprint query = made_up(900, MediaKind::kImage, 1, 0);
        query.local[0] = scattered(random, MediaTime{}, 500);
        add_copy(query.local[0], 2, distance, random);
        return query;
    }
};

// Measured on one part of the media: docs/decisions/0059-first-look.md.
TEST_F(Threshold, FailsWhereItIsHalvedOrDoubled) {
    const std::size_t asked = first_points(with_two_near_codes(45).local[0]).size();
    ASSERT_GT(promise(44, asked), 1.0);
    ASSERT_LT(promise(44, asked), 2.0);
    ASSERT_GT(promise(48, asked), 0.5);
    ASSERT_LT(promise(48, asked), 1.0);
    EXPECT_TRUE(is_asked(44, rules_));
    EXPECT_FALSE(is_asked(48, rules_));

    FirstLookRules doubled = rules_;
    doubled.promising *= 2;
    EXPECT_FALSE(is_asked(44, doubled));
    FirstLookRules halved = rules_;
    halved.promising /= 2;
    EXPECT_TRUE(is_asked(48, halved));
}

TEST_F(Threshold, DoesNotHoldWithThoroughEffortNorForFewPoints) {
    options_.effort = Effort::kThorough;
    EXPECT_TRUE(is_asked(48, rules_));
    options_.effort = Effort::kNormal;
    rules_.fewest_points = 501 + kPoints;
    EXPECT_TRUE(is_asked(48, rules_));
}

TEST_F(Threshold, ABankThatIsNotAskedForPromisesNothing) {
    options_.banks = {"another"};
    EXPECT_FALSE(is_asked(44, rules_));
}

TEST_F(Threshold, StopsWhenAsked) {
    const Fingerprint query = with_two_near_codes(44);
    const std::vector<std::uint32_t> frames{0};
    std::stop_source source;
    source.request_stop();
    const Result<bool> asked =
        is_worth_asking({channel_, items_, query, frames, options_}, source.get_token(), rules_);
    ASSERT_FALSE(asked.ok());
    EXPECT_EQ(asked.error().code, ErrorCode::kCancelled);
}

// Each number of the rule: half or twice as much fails here.
TEST(LikelyOptions, LookAtNearCellsOfMoreListsAmongManyCodes) {
    for (const std::size_t codes : {std::size_t{0}, std::size_t{59'999'999}}) {
        const index::LocalSearchOptions few = likely_options(codes, 2, 1);
        EXPECT_EQ(few.lists, 2);
        EXPECT_EQ(few.first_by_signature->max_cell_distance, index::kCellBits);
        EXPECT_EQ(few.first_by_signature->most_pictures, 64U);
    }
    const index::LocalSearchOptions many = likely_options(60'000'000, 2, 1);
    EXPECT_EQ(many.lists, 5);
    EXPECT_EQ(many.first_by_signature->max_cell_distance, 1);
    EXPECT_EQ(many.first_by_signature->most_pictures, 64U);
    EXPECT_EQ(likely_options(60'000'000, 8, 1).lists, 8);
    EXPECT_EQ(likely_options(0, 2, 4).first_by_signature->most_pictures, 256U);
}

}  // namespace
}  // namespace refrain::evidence
