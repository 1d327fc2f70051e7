#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/local/first_look.h"
#include "support/first_look_fixture.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/votes_of_pairs.h"

namespace refrain::evidence {
namespace {

using namespace test;

/// Films of several frames, one of which has some points of a known picture.
class ThresholdOfFilms : public FirstLookTest {
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

}  // namespace
}  // namespace refrain::evidence
