// How many unrelated items share what a query shows, against a plain count of those that are known:
// docs/decisions/0061-what-many-items-share.md.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/frames/frames_channel.h"
#include "evidence/local/place_search.h"
#include "index/hash_index.h"
#include "support/items_in_memory.h"
#include "support/made_up_medium.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {
namespace {

using namespace test;

constexpr int kTemplates = 3;
constexpr int kPoints = 120;

/// A template, which fills a picture of its own.
Fingerprint card(std::size_t which) { return made_up(10 + which, MediaKind::kImage, 1, kPoints); }

/// A picture with a template's points in its left half and points of its own in the right one.
Fingerprint picture_with(std::size_t which, std::uint64_t seed) {
    Fingerprint medium = made_up(seed, MediaKind::kImage, 1, kPoints);
    std::vector<LocalPoint>& points = medium.local[0].points;
    for (LocalPoint& point : points) {
        point.x = static_cast<std::uint16_t>(point.x / 2 + kWidth / 2 * LocalPoint::kPositionUnits);
    }
    const Fingerprint shared = card(which);
    for (LocalPoint point : shared.local[0].points) {
        point.x = static_cast<std::uint16_t>(point.x / 2);
        points.push_back(point);
    }
    return medium;
}

/// The template as such a picture shows it.
Fingerprint shown_alone(std::size_t which) {
    Fingerprint query = made_up(50 + which, MediaKind::kImage, 1, 0);
    const Fingerprint shared = card(which);
    for (LocalPoint point : shared.local[0].points) {
        point.x = static_cast<std::uint16_t>(point.x / 2);
        query.local[0].points.push_back(point);
    }
    return query;
}

Fingerprint film_with(std::size_t which, std::uint64_t seed) {
    Fingerprint film = made_up(seed, MediaKind::kVideo, 4, 40);
    film.frames[0].hash = card(which).frames[0].hash;
    return film;
}

/// Known items of random templates that come and go.
class ComeAndGo : public testing::Test {
  protected:
    void change() {
        if (!known_.empty() && random_() % 3 == 0) {
            auto gone = known_.begin();
            std::advance(gone, static_cast<std::ptrdiff_t>(random_() % known_.size()));
            ASSERT_TRUE(local_.remove(gone->first).ok());
            ASSERT_TRUE(frames_.remove(gone->first).ok());
            items_.forget(gone->first);
            known_.erase(gone);
            return;
        }
        const std::size_t which = random_() % kTemplates;
        const std::int64_t key = next_++;
        const bool is_film = random_() % 2 == 0;
        const auto seed = static_cast<std::uint64_t>(1000 + key);
        items_.add(key, is_film ? film_with(which, seed) : picture_with(which, seed));
        ASSERT_TRUE(local_.add(*items_.items.at(key)).ok());
        ASSERT_TRUE(frames_.add(*items_.items.at(key)).ok());
        known_[key] = {which, is_film};
    }

    /// The plain count.
    [[nodiscard]] int known_with(std::size_t which, bool is_film) const {
        return static_cast<int>(std::count_if(known_.begin(), known_.end(), [&](const auto& one) {
            return one.second.which == which && one.second.is_film == is_film;
        }));
    }

    struct Known {
        std::size_t which = 0;
        bool is_film = false;
    };

    ItemsInMemory items_;
    LocalChannel local_{{}, items_};
    FramesChannel frames_{{}, index::IndexChoice::parse("flat").value(), items_};
    std::map<std::int64_t, Known> known_;
    std::int64_t next_ = 1;
    Random random_{7};
};

/// The items that a look-up placed.
std::size_t items_in(const std::map<PlacedGroup, std::vector<PlacedFrame>>& groups) {
    std::set<std::int64_t> keys;
    for (const auto& [group, frames] : groups) {
        keys.insert(group.key);
    }
    return keys.size();
}

TEST_F(ComeAndGo, PlacesCountThePicturesThatAreKnownNow) {
    int most = 0;
    for (int step = 0; step < 150; ++step) {
        change();
        const std::size_t which = random_() % kTemplates;
        const Fingerprint query = shown_alone(which);
        const Query looked_up(query);
        const FindOptions options;
        PlaceSearch search(local_, items_, looked_up, options, Depth::kAll);
        ASSERT_TRUE(search.run({}, {}).ok());
        const auto count = static_cast<int>(items_in(search.groups()));
        EXPECT_EQ(count, known_with(which, false)) << step;
        most = std::max(most, count);
        // Places are told apart only where more share a frame than count in full.
        const int expected = count <= verdict::kScoreRules.few_share ? 1 : count;
        for (const auto& [group, frames] : search.groups()) {
            EXPECT_TRUE(known_.contains(group.key)) << step;
            for (const PlacedFrame& frame : frames) {
                EXPECT_EQ(frame.unrelated_items, expected) << step;
                // Now and then a point is not among the inliers of all: of 120 one is worth 0.1.
                EXPECT_NEAR(frame.own_worth, verdict::weight_of_shared(count), 0.25) << step;
            }
        }
    }
    EXPECT_GE(most, verdict::kScoreRules.many_share + 2);
}

TEST_F(ComeAndGo, WholeFramesCountTheFilmsThatAreKnownNow) {
    int most = 0;
    for (int step = 0; step < 150; ++step) {
        change();
        const std::size_t which = random_() % kTemplates;
        const Fingerprint query = card(which);
        const Query looked_up(query);
        const FindOptions options;
        const auto search = frames_.search(looked_up, options, Depth::kAll);
        ASSERT_TRUE(search->run({}, {}).ok());
        const int expected = known_with(which, true);
        most = std::max(most, expected);
        const bool are_few = expected <= verdict::kScoreRules.few_share;
        EXPECT_EQ(search->found().size(), static_cast<std::size_t>(expected)) << step;
        for (const FoundItem& found : search->found()) {
            Sightings sightings;
            WorkLeft work;
            search->add_sightings(*items_.items.at(found.key), work, sightings);
            ASSERT_EQ(sightings.likenesses.size(), 1U);
            for (const Likeness& likeness : *sightings.likenesses[0].seen) {
                EXPECT_EQ(likeness.unrelated_items, are_few ? 1 : expected) << step;
            }
        }
    }
    EXPECT_GE(most, verdict::kScoreRules.many_share + 2);
}

}  // namespace
}  // namespace refrain::evidence
