#include "evidence/local/look_probe.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/local/place_search.h"
#include "fingerprint/local_sampler.h"
#include "support/gray_picture.h"
#include "support/items_in_memory.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/votes_of_pairs.h"

// Whether other looks are worth it: docs/decisions/0079-films-ask-in-stages.md.
namespace refrain::evidence {
namespace {

using namespace test;

constexpr OtherLook kNegative{true, 1, 1};
constexpr OtherLook kWide{false, 0.5, 1};
constexpr std::size_t kPairs = 12;

LocalFrame frame_of(const GrayPicture& picture, const FingerprintOptions& options) {
    fingerprint::LocalSampler sampler(options, true);
    Fingerprint medium;
    sampler.take({}, picture.view(), Hash256{}, medium);
    return medium.local.at(0);
}

GrayPicture negative(GrayPicture picture) {
    for (std::uint8_t& sample : picture.samples) {
        sample = static_cast<std::uint8_t>(255 - sample);
    }
    return picture;
}

/// A query of pictures, in one frame each, and what is known of them.
class LookProbe : public testing::Test {
  protected:
    void SetUp() override {
        rules_.film_lists = rules_.lists_of_many =
            4096;  // what is found depends on distances alone
        rules_.few_codes = 0;
    }

    static Fingerprint query_of(MediaKind kind, std::size_t frames) {
        Fingerprint query = made_up(1, kind, static_cast<int>(frames), 0);
        for (std::size_t i = 0; i < frames; ++i) {
            const MediaTime time = query.local[i].time;
            query.local[i] = frame_of(boxes_picture(500, 400, static_cast<std::uint32_t>(i)),
                                      FingerprintOptions().for_query());
            query.local[i].time = time;
        }
        return query;
    }

    /// Makes an item known in which some points of one frame of the query, seen in a look, have
    /// this many votes, about.
    double make_known(const Fingerprint& query,
                      std::size_t frame,
                      const OtherLook& look,
                      double votes,
                      std::size_t first_point = 0) {
        const LocalFrame seen =
            seen_as(query.local[frame], look, rules_.finest, first_point + rules_.points);
        EXPECT_GE(seen.points.size(), first_point + kPairs);
        const int distance = distance_for(votes / kPairs);
        Random random(50 + static_cast<std::uint64_t>(items_.items.size()));
        const auto key = static_cast<std::int64_t>(items_.items.size());
        Fingerprint known = made_up(900 + static_cast<std::uint64_t>(key), MediaKind::kVideo, 3);
        for (std::size_t i = 0; i < kPairs; ++i) {
            known.local[1].points[i] = seen.points[first_point + i];
            known.local[1].points[i].code =
                with_flipped_bits(seen.points[first_point + i].code, distance, random);
        }
        items_.add(key, known);
        EXPECT_TRUE(channel_.add(*items_.items.at(key)).ok());
        return kPairs * votes_at(distance);
    }

    [[nodiscard]] std::vector<OtherLook> promising(const Fingerprint& query,
                                                   const LookRules& rules) const {
        std::vector<std::uint32_t> frames;
        for (std::uint32_t i = 0; i < query.local.size(); ++i) {
            frames.push_back(i);
        }
        const std::array looks{kWide, kNegative};
        const auto found = promising_looks(channel_, query, looks, frames, {}, rules);
        EXPECT_TRUE(found.ok());
        return found.ok() ? *found : std::vector<OtherLook>{};
    }

    [[nodiscard]] bool is_promising(const Fingerprint& query, const LookRules& rules) const {
        return !promising(query, rules).empty();
    }

    ItemsInMemory items_;
    LocalChannel channel_{{}, items_};
    LookRules rules_;
};

TEST_F(LookProbe, NamesTheLooksThatPromiseSomething) {
    const Fingerprint query = query_of(MediaKind::kVideo, 3);
    make_known(query, 1, kNegative, 6);
    const std::vector<OtherLook> looks = promising(query, rules_);
    ASSERT_EQ(looks.size(), 1U);
    EXPECT_TRUE(looks[0].is_negative);
    make_known(query, 2, kWide, 6);
    EXPECT_EQ(promising(query, rules_).size(), 2U);
}

TEST_F(LookProbe, OfAFilmIsHeldToTheVotesOfTheRules) {
    const Fingerprint query = query_of(MediaKind::kVideo, 2);
    const double votes = make_known(query, 1, kNegative, 2.6);
    ASSERT_GT(votes, kLookRules.film_votes);
    ASSERT_LT(votes, 2 * kLookRules.film_votes);
    EXPECT_TRUE(is_promising(query, rules_));
    rules_.film_votes *= 2;
    EXPECT_FALSE(is_promising(query, rules_));
}

TEST_F(LookProbe, OfAFilmHalfTheVotesAreTooFew) {
    const Fingerprint query = query_of(MediaKind::kVideo, 2);
    const double votes = make_known(query, 1, kNegative, 1.3);
    ASSERT_LT(votes, kLookRules.film_votes);
    ASSERT_GT(votes, kLookRules.film_votes / 2);
    EXPECT_FALSE(is_promising(query, rules_));
    rules_.film_votes /= 2;
    EXPECT_TRUE(is_promising(query, rules_));
}

TEST_F(LookProbe, OfAPictureIsHeldToTheVotesOfTheRules) {
    const Fingerprint query = query_of(MediaKind::kImage, 1);
    const double votes = make_known(query, 0, kNegative, 3.8);
    ASSERT_GT(votes, kLookRules.picture_votes);
    ASSERT_LT(votes, 2 * kLookRules.picture_votes);
    EXPECT_TRUE(is_promising(query, rules_));
    rules_.picture_votes *= 2;
    EXPECT_FALSE(is_promising(query, rules_));
}

TEST_F(LookProbe, OfAPictureHalfTheVotesAreTooFew) {
    const Fingerprint query = query_of(MediaKind::kImage, 1);
    const double votes = make_known(query, 0, kNegative, 1.9);
    ASSERT_LT(votes, kLookRules.picture_votes);
    ASSERT_GT(votes, kLookRules.picture_votes / 2);
    EXPECT_FALSE(is_promising(query, rules_));
    rules_.picture_votes /= 2;
    EXPECT_TRUE(is_promising(query, rules_));
}

// Behind those that are probed among few, and within those that are among many.
TEST_F(LookProbe, AmongManyCodesMorePointsOfAPictureAsk) {
    const Fingerprint query = query_of(MediaKind::kImage, 1);
    make_known(query, 0, kNegative, 3.4, kLookRules.points_of_many - kPairs);
    EXPECT_FALSE(is_promising(query, rules_));
    rules_.many_codes = channel_.codes();
    EXPECT_TRUE(is_promising(query, rules_));
    rules_.points_of_many /= 2;
    EXPECT_FALSE(is_promising(query, rules_));
}

TEST_F(LookProbe, AmongManyCodesNoMorePointsOfAPictureAskThanTheRulesSay) {
    const Fingerprint query = query_of(MediaKind::kImage, 1);
    rules_.many_codes = 0;
    make_known(query, 0, kNegative, 3.4, kLookRules.points_of_many);
    EXPECT_FALSE(is_promising(query, rules_));
    rules_.points_of_many *= 2;
    EXPECT_TRUE(is_promising(query, rules_));
}

// Twelve of 24 frames are probed: 1, 3, 5 and so on; six would be 2, 6, 10; all 24 would see 4.
TEST_F(LookProbe, LooksAtTwelveFramesOfAFilm) {
    const Fingerprint query = query_of(MediaKind::kVideo, 24);
    make_known(query, 3, kNegative, 4);
    EXPECT_TRUE(is_promising(query, rules_));
    rules_.probed_frames /= 2;
    EXPECT_FALSE(is_promising(query, rules_));
}

TEST_F(LookProbe, LooksAtNoMoreThanTwelveFramesOfAFilm) {
    const Fingerprint query = query_of(MediaKind::kVideo, 24);
    make_known(query, 4, kNegative, 4);
    EXPECT_FALSE(is_promising(query, rules_));
    rules_.probed_frames *= 2;
    EXPECT_TRUE(is_promising(query, rules_));
}

// What 32 frames show in a negative is placed in 16 of them, whatever is promised.
TEST_F(LookProbe, SixteenFramesOfAFilmAreLookedAtByAllPoints) {
    const Fingerprint query = query_of(MediaKind::kVideo, 32);
    items_.add(0, made_up(2, MediaKind::kVideo, 3));
    ASSERT_TRUE(channel_.add(*items_.items.at(0)).ok());
    FindOptions options;
    options.effort = Effort::kThorough;  // looks at all three
    const Query looked_up(query);
    PlaceSearch search(channel_, items_, looked_up, options, Depth::kAll);
    ASSERT_TRUE(search.run({}, {}).ok());
    Trials trials;
    search.count_trials(trials);
    constexpr double kKnownPictures = 3;
    EXPECT_DOUBLE_EQ(trials.pictures, 2 * kKnownPictures * (32 + 3 * 16));
}

// One of the sixteen shows something: then the frames between are looked at, too.
TEST_F(LookProbe, AllFramesOfAFilmAreLookedAtWhereOneShowsSomething) {
    constexpr std::size_t kFrames = 20;
    const Fingerprint query = query_of(MediaKind::kVideo, kFrames);
    Fingerprint known = made_up(3, MediaKind::kVideo, kFrames);
    for (std::size_t i = 0; i < kFrames; ++i) {
        const MediaTime time = known.local[i].time;
        const auto seed = static_cast<std::uint32_t>(i);
        known.local[i] = frame_of(negative(boxes_picture(500, 400, seed)), {});
        known.local[i].time = time;
    }
    items_.add(0, known);
    ASSERT_TRUE(channel_.add(*items_.items.at(0)).ok());
    const FindOptions options;
    const Query looked_up(query);
    PlaceSearch search(channel_, items_, looked_up, options, Depth::kAll);
    ASSERT_TRUE(search.run({}, {}).ok());
    std::set<std::uint32_t> shown;
    for (const auto& [group, placed] : search.groups()) {
        EXPECT_TRUE(group.is_negative);
        for (const PlacedFrame& frame : placed) {
            shown.insert(frame.query);
        }
    }
    EXPECT_EQ(shown.size(), kFrames);
}

TEST_F(LookProbe, StopsWhenAsked) {
    const Fingerprint query = query_of(MediaKind::kVideo, 2);
    make_known(query, 1, kNegative, 6);
    const std::array looks{kNegative};
    const std::vector<std::uint32_t> frames{0, 1};
    std::stop_source source;
    source.request_stop();
    const auto found = promising_looks(channel_, query, looks, frames, source.get_token(), rules_);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, ErrorCode::kCancelled);
}

TEST(SomeOf, AreEvenlyChosenAndInOrder) {
    const std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5, 6, 7};
    EXPECT_EQ(some_of(all, 4), (std::vector<std::uint32_t>{1, 3, 5, 7}));
    EXPECT_EQ(some_of(all, 1), (std::vector<std::uint32_t>{4}));
    EXPECT_EQ(some_of(all, 9), all);
    EXPECT_TRUE(some_of({}, 3).empty());
}

}  // namespace
}  // namespace refrain::evidence
