#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "align/picture_match.h"
#include "evidence/local/local_channel.h"
#include "evidence/local/place_search.h"
#include "evidence/query.h"
#include "match/item_evidence.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"
#include "verdict/copy_evidence.h"

// The rules of docs/decisions/0070-copies-and-look-alikes.md, and what a hostile corpus makes of
// them.
namespace refrain {
namespace {

using namespace test;

class LookAlikes : public testing::Test {
  protected:
    void add(std::vector<Fingerprint> media) {
        std::vector<NewItem> items;
        for (Fingerprint& medium : media) {
            NewItem item;
            item.fingerprint = std::move(medium);
            item.id = item.name = "item" + std::to_string(added_++);
            items.push_back(std::move(item));
        }
        ASSERT_TRUE(corpus_.add(items).ok());
    }

    FindAnswer find(const Fingerprint& query, FindOptions options = {}) {
        Result<FindAnswer> answer = corpus_.find(query, options);
        EXPECT_TRUE(answer.ok()) << answer.error().message;
        return answer.ok() ? std::move(answer).value() : FindAnswer{};
    }

    FindAnswer find_all(const Fingerprint& query) {
        FindOptions options;
        options.max_matches = 100'000;
        options.lists_similar = true;
        return find(query, options);
    }

    test::TempFolder folder_;
    Corpus corpus_ = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate).value();
    int added_ = 0;
};

std::size_t copies_in(const FindAnswer& answer) {
    return static_cast<std::size_t>(
        std::count_if(answer.matches.begin(), answer.matches.end(),
                      [](const Match& match) { return match.relation == Relation::kCopy; }));
}

/// A picture whose whole frame is `bits` away from that of `known` and whose points are others.
Fingerprint near_as_a_whole(const Fingerprint& known, int bits, int points, std::uint64_t seed) {
    Fingerprint query = made_up(seed, MediaKind::kImage, 1, points);
    Random random(seed);
    query.frames[0].hash = with_flipped_bits(known.frames[0].hash, bits, random);
    return query;
}

// kDetail of item_evidence.cpp: 30 points.
TEST_F(LookAlikes, WholeFramesAloneEndAtTwentyBitsWhereBothPicturesHaveDetail) {
    const Fingerprint poor = made_up(1, MediaKind::kImage, 1, 29);
    const Fingerprint rich = made_up(2, MediaKind::kImage, 1, 31);
    add({poor, rich});
    EXPECT_EQ(copies_in(find(near_as_a_whole(poor, 21, 29, 11))), 1U);
    EXPECT_EQ(copies_in(find(near_as_a_whole(rich, 21, 31, 12))), 0U);
    EXPECT_EQ(copies_in(find(near_as_a_whole(rich, 20, 31, 13))), 1U);
    // One side without detail is enough.
    EXPECT_EQ(copies_in(find(near_as_a_whole(rich, 21, 29, 14))), 1U);
    EXPECT_EQ(copies_in(find(near_as_a_whole(poor, 21, 31, 15))), 1U);
}

/// Adds one medium to banks of its own, and looks up a copy that is `bits` away as a whole.
std::size_t found_in_banks(Corpus& corpus, int banks, bool is_one_medium) {
    const Fingerprint medium = made_up(9, MediaKind::kImage, 1, 0);
    std::vector<NewItem> items;
    for (int i = 0; i < banks; ++i) {
        NewItem item;
        item.fingerprint = medium;
        if (!is_one_medium) {
            item.fingerprint.media.digest.sha256[0] = static_cast<std::uint8_t>(i);
        }
        item.bank = "bank" + std::to_string(i);
        item.id = item.name = "item" + std::to_string(i);
        items.push_back(std::move(item));
    }
    EXPECT_TRUE(corpus.add(items).ok());
    FindOptions options;
    options.max_matches = 100;
    const Result<FindAnswer> answer = corpus.find(near_as_a_whole(medium, 6, 0, 90), options);
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? answer->matches.size() : 0;
}

// One medium is known in many banks; as many media that look like it say nothing of each.
TEST_F(LookAlikes, OneMediumInManyBanksIsNoStrangerToItself) {
    EXPECT_EQ(found_in_banks(corpus_, 12, true), 12U);
}

TEST_F(LookAlikes, AsManyMediaThatLookTheSameAreNoMatch) {
    EXPECT_EQ(found_in_banks(corpus_, 12, false), 0U);
}

/// What a place with little evidence of a copy and whole frames 5 bits apart are worth together.
match::ItemScore score_of_place_that_shows(double shown) {
    const Fingerprint medium = made_up(3, MediaKind::kImage, 1);
    const evidence::Query query(medium);
    const match::LookUpContext context{query, 1, 1, false, false};
    const evidence::PlacedFrame placed;
    match::Witnesses witnesses;
    witnesses.frames.push_back({5, 90, 1, medium.frames[0].hash});
    witnesses.places.push_back({12, medium.frames[0].hash, medium.frames[0].hash});
    witnesses.best_placed = &placed;
    witnesses.copy_evidence = -6;
    witnesses.shown = shown;
    return match::score_together({&witnesses, 1}, context);
}

// kNearlyWhole of item_evidence.cpp: 0.7.
TEST(WholeFramesAndPlaces, AreJudgedTogetherWhereThePlaceShowsNearlyAllOfThePicture) {
    const double together = verdict::look_alike_score(-6 + verdict::whole_frame_evidence(5));
    ASSERT_GT(together, verdict::look_alike_score(-6));
    for (const double shown : {0.7, 0.85, 1.0}) {
        EXPECT_DOUBLE_EQ(score_of_place_that_shows(shown).combined, together) << shown;
    }
    for (const double shown : {0.1, 0.36, 0.5, 0.69}) {
        const match::ItemScore score = score_of_place_that_shows(shown);
        EXPECT_DOUBLE_EQ(score.combined, score.by_frames) << shown;
        EXPECT_GT(score.combined, together + 1) << shown;
    }
}

/// One item, in memory.
class OneItem final : public evidence::ItemSource {
  public:
    explicit OneItem(evidence::KnownItemPtr item) : item_(std::move(item)) {}
    Result<evidence::KnownItemPtr> find(std::int64_t /*key*/) override { return item_; }
    Result<std::vector<evidence::KnownItemPtr>> find_bytes(const Sha256& /*sha256*/) override {
        return std::vector<evidence::KnownItemPtr>();
    }
    void forget(std::int64_t /*key*/) override {}

  private:
    evidence::KnownItemPtr item_;
};

/// The places of a query in a known picture that whole frames speak for, or not.
std::vector<evidence::PlacedFrame> places_of(const Fingerprint& known,
                                             const Fingerprint& query,
                                             bool is_seen_whole) {
    auto item = std::make_shared<evidence::KnownItem>();
    item->key = 1;
    evidence::keep_searchable(*item, known);
    OneItem items(item);
    evidence::LocalChannel channel({}, items);
    EXPECT_TRUE(channel.add(*item).ok());
    const std::set<std::int64_t> seen_whole =
        is_seen_whole ? std::set<std::int64_t>{1} : std::set<std::int64_t>{};
    const evidence::Query looked_up(query);
    const FindOptions options;
    evidence::PlaceSearch search(channel, items, looked_up, options, evidence::Depth::kAll);
    EXPECT_TRUE(search.run(seen_whole, {}).ok());
    std::vector<evidence::PlacedFrame> all;
    for (const auto& [group, frames] : search.groups()) {
        all.insert(all.end(), frames.begin(), frames.end());
    }
    return all;
}

/// A picture with five points of a known one where that has them, and more of them elsewhere.
Fingerprint with_five_points_of(const Fingerprint& known, std::size_t moved, std::uint64_t seed) {
    Fingerprint query = made_up(seed, MediaKind::kImage, 1, 100);
    Random random(seed);
    for (std::size_t i = 0; i < 5 + moved; ++i) {
        LocalPoint point = known.local[0].points[i];
        if (i >= 5) {
            point = scattered(random, MediaTime{}, 1).points[0];
        }
        point.code = with_flipped_bits(known.local[0].points[i].code, 25, random);
        query.local[0].points.push_back(point);
    }
    return query;
}

// kTelling of local_search.cpp: 5. Five points that agree are the less rare the more do not.
TEST(WeakPlaces, TellOfAnItemSeenWholeFromTenToTheMinusFive) {
    const Fingerprint known = made_up(4, MediaKind::kImage, 1, 150);
    int weak = 0;
    for (const std::size_t moved : {0U, 4U, 8U, 12U, 16U, 20U, 30U, 40U, 60U}) {
        for (std::uint64_t seed = 50; seed < 55; ++seed) {
            const Fingerprint query = with_five_points_of(known, moved, seed);
            for (const evidence::PlacedFrame& placed : places_of(known, query, true)) {
                if (placed.score < 0.5) {
                    EXPECT_LE(placed.placement.log10_chance, -5) << moved;
                    weak += placed.placement.log10_chance > -10 ? 1 : 0;
                }
            }
        }
    }
    EXPECT_GT(weak, 0);
}

/// The points of a template, and as many of its own.
Fingerprint member(const LocalFrame& shared, std::uint64_t seed, int own) {
    Fingerprint medium = made_up(seed, MediaKind::kImage, 1, own);
    std::vector<LocalPoint>& points = medium.local[0].points;
    points.insert(points.begin(), shared.points.begin(), shared.points.end());
    return medium;
}

LocalFrame template_of(std::uint64_t seed, int points) {
    Random random(seed);
    return scattered(random, MediaTime{}, points);
}

TEST_F(LookAlikes, AFamilyOfOneFindsItsCopy) {
    const Fingerprint only = member(template_of(5, 40), 500, 100);
    add({only});
    Fingerprint copy = picture_of(only.local[0], {}, 501);
    const FindAnswer answer = find(copy);
    EXPECT_EQ(copies_in(answer), 1U);
    EXPECT_TRUE(answer.bounded.empty());
}

// What ten thousand items show tells nothing of each, and the answer says that it is not whole.
TEST_F(LookAlikes, TenThousandCopiesOfOneTemplateAreBounded) {
    const LocalFrame shared = template_of(6, 40);
    const Fingerprint first = member(shared, 600, 0);
    const Fingerprint full = member(shared, 599, 100);
    std::vector<Fingerprint> media = {full};
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        media.push_back(member(shared, 600 + i, 0));
        media.back().frames[0].hash = first.frames[0].hash;
    }
    add(std::move(media));
    const Fingerprint as_a_whole = near_as_a_whole(first, 4, 0, 60'000);
    const FindAnswer by_frames = find_all(as_a_whole);
    EXPECT_EQ(by_frames.status, FindStatus::kPartial);
    EXPECT_EQ(by_frames.bounded, "too many known items look alike: not all were compared");
    // By their points too: at most 64 items are placed.
    Fingerprint placed = as_a_whole;
    placed.local[0] = shared;
    const FindAnswer by_both = find_all(placed);
    EXPECT_EQ(by_both.status, FindStatus::kPartial);
    EXPECT_LE(by_both.matches.size(), 64U);
    EXPECT_EQ(by_both.bounded, by_frames.bounded);
    EXPECT_EQ(copies_in(by_both), 0U);
    // A copy of the one that has something of its own is found beside all others.
    const FindAnswer copy = find(picture_of(full.local[0], {}, 60'001));
    ASSERT_FALSE(copy.matches.empty());
    EXPECT_EQ(copy.matches[0].name, "item0");
}

// All of such an item is in every member of its family, so that each is its copy.
TEST_F(LookAlikes, AnItemOfNothingButATemplateIsFoundInWhateverHoldsItWhole) {
    const LocalFrame shared = template_of(7, 120);
    add({member(shared, 700, 0)});
    EXPECT_EQ(copies_in(find(member(shared, 701, 200))), 1U);
    LocalFrame little = shared;
    little.points.resize(6);
    EXPECT_EQ(copies_in(find(member(little, 702, 200))), 0U);
    EXPECT_TRUE(find_all(made_up(703, MediaKind::kImage, 1)).matches.empty());
}

TEST_F(LookAlikes, CodesThatAllShareSayNothing) {
    const Hash256 code = made_up(8, MediaKind::kImage, 1).frames[0].hash;
    std::vector<Fingerprint> media;
    for (std::uint64_t i = 0; i < 50; ++i) {
        media.push_back(made_up(800 + i, MediaKind::kImage, 1, 400));
        for (LocalPoint& point : media.back().local[0].points) {
            point.code = code;
        }
    }
    const Fingerprint query = media.back();
    media.pop_back();
    add(std::move(media));
    const FindAnswer answer = find_all(query);
    EXPECT_EQ(answer.status, FindStatus::kNoMatch);
    EXPECT_EQ(copies_in(answer), 0U);
}

}  // namespace
}  // namespace refrain
