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
#include "support/items_in_memory.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/votes_of_pairs.h"
#include "verdict/local_score.h"

namespace refrain::evidence {
namespace {

using namespace test;

constexpr int kAllLists = 4096;

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
    [[nodiscard]] double promise() const { return promise_of(pairs, query, known, {500, 1000}); }

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
                    kFirstLookRules.agreement - 3,
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

/// One picture among others, and a query that contains it: two of its codes are near, all others
/// too far to vote, but near enough to place it once it is looked at.
class Threshold : public testing::Test {
  protected:
    static constexpr int kKnown = 30;
    static constexpr int kPoints = 300;
    static constexpr std::uint64_t kShown = 3;  ///< the known picture that a query shows

    void SetUp() override {
        for (std::uint64_t i = 0; i < kKnown; ++i) {
            items_.add(static_cast<std::int64_t>(i), made_up(i, MediaKind::kImage, 1, kPoints));
            ASSERT_TRUE(channel_.add(*items_.items.at(static_cast<std::int64_t>(i))).ok());
        }
        rules_.lists = kAllLists;  // what is found depends on distances alone
        rules_.few_codes = 0;
    }

    bool is_asked(int distance, const FirstLookRules& rules) {
        return is_asked(with_two_near_codes(distance), rules);
    }

    bool is_asked(const Fingerprint& query, const FirstLookRules& rules) {
        std::vector<std::uint32_t> frames(query.local.size());
        std::iota(frames.begin(), frames.end(), 0U);
        const Result<bool> asked =
            is_worth_asking({channel_, items_, query, frames, options_}, {}, rules);
        EXPECT_TRUE(asked.ok());
        return asked.ok() && *asked;
    }

    /// By default two pairs promise this much.
    static double promise(int distance, std::size_t asked) {
        return 2 * (verdict::pair_rarity(distance) -
                    std::log10(static_cast<double>(asked) * kPoints)) +
               kFirstLookRules.agreement - std::log10(kKnown);
    }

    /// Adds a known picture to a frame, made smaller. All its codes are too far to vote, but near
    /// enough to place it, except some of those that ask first.
    static void add_copy(LocalFrame& frame, std::size_t near, int distance, Random& random) {
        const LocalFrame known = made_up(kShown, MediaKind::kImage, 1, kPoints).local[0];
        const std::size_t first = frame.points.size();
        for (const LocalPoint& point : known.points) {
            LocalPoint copy = point;
            copy.x = static_cast<std::uint16_t>(point.x * 3 / 4);
            copy.y = static_cast<std::uint16_t>(point.y * 3 / 4);
            copy.scale = static_cast<std::uint8_t>(
                std::max(0L, point.scale + std::lround(32 * std::log2(0.75))));
            copy.code = with_flipped_bits(point.code, 58, random);
            frame.points.push_back(copy);
        }
        std::size_t made = 0;
        for (const std::uint32_t i : first_points(frame)) {
            if (i >= first && (i - first) % 40 < 20 && made < near) {
                frame.points[i].code =
                    with_flipped_bits(known.points[i - first].code, distance, random);
                ++made;
            }
        }
        EXPECT_EQ(made, near);
    }

    static Fingerprint with_two_near_codes(int distance) {
        Random random(77);
        Fingerprint query = made_up(900, MediaKind::kImage, 1, 0);
        query.local[0] = scattered(random, MediaTime{}, 500);
        add_copy(query.local[0], 2, distance, random);
        return query;
    }

    ItemsInMemory items_;
    LocalChannel channel_{{}, items_};
    FindOptions options_;
    FirstLookRules rules_;
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

/// Films of several frames, one of which has some points of a known picture.
class ThresholdOfFilms : public Threshold {
  protected:
    static constexpr std::size_t kPairs = 10;

    /// The votes that a film of about so many has.
    static double votes_of(double about) { return kPairs * votes_at(distance_for(about / kPairs)); }

    static Fingerprint with_votes(double about) {
        Random random(78);
        Fingerprint query = made_up(901, MediaKind::kVideo, 4, 200);
        add_copy(query.local[2], kPairs, distance_for(about / kPairs), random);
        return query;
    }

    /// The same, but nowhere in particular, as texture has them.
    static Fingerprint with_scattered_votes(double about) {
        Random random(81);
        Fingerprint query = made_up(903, MediaKind::kVideo, 4, 200);
        add_stray_votes(query.local[2], kShown, about, random);
        return query;
    }

    /// A film that shows a known picture last. Each frame before has more votes for a known one,
    /// but nowhere in particular.
    template <typename ItemOf>
    static Fingerprint behind_strangers(std::size_t frames, const ItemOf& item_of) {
        Random random(80);
        Fingerprint query = made_up(902, MediaKind::kVideo, static_cast<int>(frames) + 1, 200);
        for (std::size_t f = 0; f < frames; ++f) {
            add_stray_votes(query.local[f], item_of(f), 4, random);
        }
        add_copy(query.local[frames], kPairs, distance_for(2.5 / kPairs), random);
        return query;
    }

    bool is_looked_at(const Fingerprint& query, FirstLookRules rules) {
        rules.sure_film_votes = 1000;
        return is_asked(query, rules);
    }

  private:
    static void add_stray_votes(LocalFrame& frame,
                                std::uint64_t item,
                                double about,
                                Random& random) {
        const LocalFrame known = made_up(item, MediaKind::kImage, 1, kPoints).local[0];
        const std::vector<std::uint32_t> asking = first_points(frame);
        for (std::size_t i = 0; i < kPairs; ++i) {
            frame.points[asking[i]].code =
                with_flipped_bits(known.points[i].code, distance_for(about / kPairs), random);
        }
    }
};

// Measured on one part of the media, as all rules of films:
// docs/decisions/0013-what-a-benign-film-costs.md.
TEST_F(ThresholdOfFilms, FailsWhereVotesAreHalvedOrDoubled) {
    ASSERT_GT(votes_of(3), kFirstLookRules.film_votes);
    ASSERT_LT(votes_of(3), 2 * kFirstLookRules.film_votes);
    ASSERT_LT(votes_of(1.5), kFirstLookRules.film_votes);
    ASSERT_GT(votes_of(1.5), kFirstLookRules.film_votes / 2);
    EXPECT_TRUE(is_asked(with_votes(3), rules_));
    EXPECT_FALSE(is_asked(with_votes(1.5), rules_));

    FirstLookRules doubled = rules_;
    doubled.film_votes *= 2;
    EXPECT_FALSE(is_asked(with_votes(3), doubled));
    FirstLookRules halved = rules_;
    halved.film_votes /= 2;
    EXPECT_TRUE(is_asked(with_votes(1.5), halved));
}

TEST_F(ThresholdOfFilms, FailsWhereSureVotesAreHalvedOrDoubled) {
    ASSERT_GT(votes_of(7), kFirstLookRules.sure_film_votes);
    ASSERT_LT(votes_of(7), 2 * kFirstLookRules.sure_film_votes);
    ASSERT_LT(votes_of(4), kFirstLookRules.sure_film_votes);
    ASSERT_GT(votes_of(4), kFirstLookRules.sure_film_votes / 2);
    EXPECT_TRUE(is_asked(with_scattered_votes(7), rules_));
    EXPECT_FALSE(is_asked(with_scattered_votes(4), rules_));

    FirstLookRules doubled = rules_;
    doubled.sure_film_votes *= 2;
    EXPECT_FALSE(is_asked(with_scattered_votes(7), doubled));
    FirstLookRules halved = rules_;
    halved.sure_film_votes /= 2;
    EXPECT_TRUE(is_asked(with_scattered_votes(4), halved));
}

TEST_F(ThresholdOfFilms, FailsWhereItemsAreHalvedOrDoubled) {
    const auto another = [](std::uint64_t i) {
        return 10 + i;
    };
    const Fingerprint sixth = behind_strangers(5, another);
    const Fingerprint eleventh = behind_strangers(10, another);
    EXPECT_TRUE(is_looked_at(sixth, rules_));
    EXPECT_FALSE(is_looked_at(eleventh, rules_));

    FirstLookRules doubled = rules_;
    doubled.film_items *= 2;
    EXPECT_TRUE(is_looked_at(eleventh, doubled));
    FirstLookRules halved = rules_;
    halved.film_items /= 2;
    EXPECT_FALSE(is_looked_at(sixth, halved));
}

TEST_F(ThresholdOfFilms, FailsWherePicturesAreHalvedOrDoubled) {
    const auto shown = [](std::uint64_t) {
        return kShown;
    };
    const Fingerprint fourth = behind_strangers(3, shown);
    const Fingerprint sixth = behind_strangers(5, shown);
    EXPECT_TRUE(is_looked_at(fourth, rules_));
    EXPECT_FALSE(is_looked_at(sixth, rules_));

    FirstLookRules doubled = rules_;
    doubled.film_pictures *= 2;
    EXPECT_TRUE(is_looked_at(sixth, doubled));
    FirstLookRules halved = rules_;
    halved.film_pictures /= 2;
    EXPECT_FALSE(is_looked_at(fourth, halved));
}

TEST_F(ThresholdOfFilms, ABankThatIsNotAskedForPromisesNothing) {
    options_.banks = {"another"};
    EXPECT_FALSE(is_asked(with_votes(3), rules_));
}

TEST_F(Threshold, DoesNotHoldWithThoroughEffortNorForFewPoints) {
    options_.effort = Effort::kThorough;
    EXPECT_TRUE(is_asked(48, rules_));
    options_.effort = Effort::kNormal;
    rules_.fewest_points = 801;
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

}  // namespace
}  // namespace refrain::evidence
