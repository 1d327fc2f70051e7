#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/local/place_search.h"
#include "support/items_in_memory.h"
#include "support/made_up_medium.h"

// Asking about some points first against asking about all of them:
// docs/decisions/0059-first-look.md.
namespace refrain::evidence {
namespace {

using namespace test;

constexpr std::uint64_t kPictures = 40;
constexpr std::uint64_t kFilms = 6;
constexpr int kPoints = 400;

class FirstLook : public testing::Test {
  protected:
    void SetUp() override {
        plain_.first_look.fewest_points = std::numeric_limits<std::size_t>::max();
        std::int64_t key = 0;
        for (std::uint64_t i = 0; i < kPictures; ++i) {
            add(key++, made_up(i, MediaKind::kImage, 1, kPoints));
        }
        for (std::uint64_t i = 0; i < kFilms; ++i) {
            add(key++, made_up(100 + i, MediaKind::kVideo, 5, kPoints / 10));
        }
    }

    void add(std::int64_t key, const Fingerprint& fingerprint) {
        items_.add(key, fingerprint);
        ASSERT_TRUE(channel_.add(*items_.items.at(key)).ok());
        known_.push_back(fingerprint);
    }

    struct Seen {
        std::size_t query = 0;
        std::size_t picture = 0;
        double score = 0;

        friend bool operator==(const Seen&, const Seen&) = default;
    };
    using Found = std::map<PlacedGroup, std::vector<Seen>>;

    Found found(const Fingerprint& query, const PlaceSearchRules& rules) {
        const Query looked_up(query);
        const FindOptions options;
        PlaceSearch search(channel_, items_, looked_up, options, Depth::kAll, rules);
        EXPECT_TRUE(search.run({}, {}).ok());
        Found all;
        for (const auto& [group, frames] : search.groups()) {
            for (const PlacedFrame& frame : frames) {
                all[group].push_back({frame.query, frame.picture, frame.score});
            }
        }
        return all;
    }

    /// An unrelated picture that shows some of the points of a known one, anywhere in it.
    Fingerprint query_of(std::uint64_t seed) {
        Random random(seed);
        const Fingerprint& known = known_[random() % kPictures];
        const Edit edit{in_range(random, 0.3, 1), in_range(random, -60, 60),
                        in_range(random, 0, 150), in_range(random, 0, 150), random() % 2 == 0};
        Fingerprint query = picture_of(known.local[0], edit, 1000 + seed);
        std::vector<LocalPoint>& points = query.local[0].points;
        const std::size_t strays = 250;
        const std::size_t copies = points.size() - strays;
        const std::size_t kept = copies * (random() % 11) / 10;  // none to all
        points.resize(strays + kept);
        const LocalFrame more = scattered(random, MediaTime{}, 700);
        points.insert(points.begin(), more.points.begin(), more.points.end());
        std::shuffle(points.begin(), points.end(), random);
        return query;
    }

    /// A film that shows some frames of a known one.
    Fingerprint film_of(std::uint64_t seed) {
        Random random(seed);
        const Fingerprint& known = known_[kPictures + random() % kFilms];
        Fingerprint query = made_up(2000 + seed, MediaKind::kVideo, 8, 250);
        const std::size_t shown = random() % 5;
        for (std::size_t i = 0; i < shown; ++i) {
            query.local[i + 2] = edited(known.local[i], {0.8, 0, 20, 30}, random);
            query.local[i + 2].time = query.frames[i + 2].time;
            std::shuffle(query.local[i + 2].points.begin(), query.local[i + 2].points.end(),
                         random);
        }
        return query;
    }

    ItemsInMemory items_;
    LocalChannel channel_{{}, items_};
    PlaceSearchRules plain_;
    std::vector<Fingerprint> known_;
};

bool is_match(const std::vector<double>& scores) {
    return !scores.empty() && *std::max_element(scores.begin(), scores.end()) >= kDefaultMinScore;
}

// What is found is the same. Only what hardly shows may be missed: these points are in random
// order, where those of media have the most telling ones first.
TEST_F(FirstLook, FindsWhatAskingAllPointsFinds) {
    std::size_t matches = 0;
    std::size_t missed = 0;
    std::size_t nothing = 0;
    for (std::uint64_t seed = 0; seed < 36; ++seed) {
        const Fingerprint query = seed % 3 == 2 ? film_of(seed) : query_of(seed);
        const Found all = found(query, plain_);
        const Found first = found(query, kPlaceSearchRules);
        if (!first.empty()) {
            EXPECT_EQ(first, all) << seed;
        }
        std::vector<double> scores;
        for (const auto& [group, frames] : all) {
            for (const Seen& seen : frames) {
                scores.push_back(seen.score);
            }
        }
        if (is_match(scores)) {
            missed += first.empty() ? 1 : 0;
            ++matches;
        }
        nothing += first.empty() ? 1 : 0;
    }
    EXPECT_GT(matches, 15U);
    EXPECT_LE(missed * 10, matches);
    EXPECT_GT(nothing, 2U);
}

// What whole frames found is placed with all points, whatever a first look shows.
TEST_F(FirstLook, IsNotTakenWhereWholeFramesFoundSomething) {
    PlaceSearchRules never;
    never.first_look.most_confirmed = 0;
    const Fingerprint query = picture_of(known_[3].local[0], {0.9, 0, 10, 10}, 5000);
    Fingerprint more = query;
    Random random(1);
    const LocalFrame strays = scattered(random, MediaTime{}, 700);
    more.local[0].points.insert(more.local[0].points.end(), strays.points.begin(),
                                strays.points.end());
    const Query looked_up(more);
    const FindOptions options;
    PlaceSearch blind(channel_, items_, looked_up, options, Depth::kAll, never);
    ASSERT_TRUE(blind.run({}, {}).ok());
    EXPECT_TRUE(blind.groups().empty());
    PlaceSearch seeing(channel_, items_, looked_up, options, Depth::kAll, never);
    ASSERT_TRUE(seeing.run({3}, {}).ok());
    EXPECT_FALSE(seeing.groups().empty());
}

}  // namespace
}  // namespace refrain::evidence
