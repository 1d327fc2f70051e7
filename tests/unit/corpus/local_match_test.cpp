#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"

#include "local/local_features.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"
#include "verdict/frame_score.h"
#include "verdict/local_score.h"

namespace refrain {
namespace {

using namespace test;

class LocalMatch : public testing::Test {
  protected:
    void SetUp() override {
        for (std::uint64_t i = 0; i < 12; ++i) {
            add(made_up(100 + i, MediaKind::kImage, 1), "other" + std::to_string(i));
        }
    }

    void add(const Fingerprint& fingerprint, const std::string& name) {
        NewItem item;
        item.fingerprint = fingerprint;
        item.name = name;
        item.id = name;
        ASSERT_TRUE(corpus_.add(std::vector{item}).ok());
    }

    std::vector<Match> find(const Fingerprint& query) {
        const Result<FindAnswer> answer = corpus_.find(query);
        EXPECT_TRUE(answer.ok()) << answer.error().message;
        return answer.ok() ? answer->matches : std::vector<Match>();
    }

    test::TempFolder folder_;
    Corpus corpus_ = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate).value();
};

TEST_F(LocalMatch, SaysWhereThePictureLies) {
    const Fingerprint known = made_up(1, MediaKind::kImage, 1);
    add(known, "known");
    const std::vector<Match> matches = find(picture_of(known.local[0], {0.7, 0, 60, 40}, 500));
    ASSERT_EQ(matches.size(), 1U);
    EXPECT_EQ(matches[0].name, "known");
    EXPECT_EQ(matches[0].evidence, std::vector{Evidence::kLocal});
    ASSERT_TRUE(matches[0].transform);
    const Transform& transform = *matches[0].transform;
    EXPECT_FALSE(transform.is_mirrored);
    EXPECT_NEAR(transform.scale, 0.7, 0.02);
    EXPECT_NEAR(std::remainder(transform.rotation_deg, 360), 0, 1);
    EXPECT_NEAR(transform.box[0], 60.0 / kWidth, 0.02);
    EXPECT_NEAR(transform.box[1], 40.0 / kHeight, 0.02);
    EXPECT_NEAR(transform.box[2], (60 + 0.7 * kWidth) / kWidth, 0.02);
    EXPECT_NEAR(transform.box[3], (40 + 0.7 * kHeight) / kHeight, 0.02);
    EXPECT_NEAR(matches[0].query_coverage, 0.49, 0.03);
    EXPECT_NEAR(matches[0].reference_coverage, 1, 0.03);
}

TEST_F(LocalMatch, TellsTheLessThePlaceTheMoreItemsShowIt) {
    // So few points that the bound on look-alikes does not hide what sharing costs.
    const Fingerprint known = made_up(20, MediaKind::kImage, 1, 20);
    add(known, "known");
    const Fingerprint query = picture_of(known.local[0], {0.7, 0, 60, 40}, 500);
    const auto score_beside = [&](std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t i = first; i < last; ++i) {
            Fingerprint same = made_up(1000 + i, MediaKind::kImage, 1, 20);
            same.local = known.local;
            add(same, "same" + std::to_string(i));
        }
        for (const Match& match : find(query)) {
            if (match.name == "known") {
                return match.score;
            }
        }
        return 0.0;
    };
    const double among_five = score_beside(0, 4);
    const double among_nine = score_beside(4, 8);
    ASSERT_GT(among_nine, 6);
    EXPECT_NEAR(among_five / among_nine, std::sqrt(9.0 / 5.0), 0.1);
}

TEST_F(LocalMatch, TakesEachItemOverOnceWhereOneIndexIsAheadOfTheOther) {
    const Corpus reader = Corpus::open(folder_.path() / "corpus", CorpusMode::kReadOnly).value();
    ASSERT_TRUE(reader.prepare({}, {}, IndexScope::kFrames).ok());
    add(made_up(1, MediaKind::kImage, 1), "known");
    ASSERT_TRUE(reader.prepare({}, {}, IndexScope::kAll).ok());
    const CorpusStats stats = reader.stats().value();
    EXPECT_EQ(stats.searchable_codes, 13U);
    EXPECT_EQ(stats.local_codes, 13U * 300);
}

TEST_F(LocalMatch, SeesThroughMirrorsAndTurns) {
    const Fingerprint known = made_up(2, MediaKind::kImage, 1);
    add(known, "known");
    for (const double turn : {-40.0, 0.0, 20.0}) {
        const Edit edit{0.6, turn, 150, 110, true};
        const std::vector<Match> matches = find(picture_of(known.local[0], edit, 600));
        ASSERT_EQ(matches.size(), 1U) << turn;
        ASSERT_TRUE(matches[0].transform);
        EXPECT_TRUE(matches[0].transform->is_mirrored);
        EXPECT_NEAR(std::remainder(matches[0].transform->rotation_deg - turn, 360), 0, 1.5);
        EXPECT_GE(matches[0].transform->rotation_deg, 0);
        EXPECT_LT(matches[0].transform->rotation_deg, 360);
    }
}

TEST_F(LocalMatch, NamesTheTimeOfAKnownVideoThatAPictureShows) {
    const Fingerprint known = made_up(3, MediaKind::kVideo, 6);
    add(known, "video");
    const std::vector<Match> matches = find(picture_of(known.local[3], {0.8, 5, 40, 10}, 700));
    ASSERT_EQ(matches.size(), 1U);
    ASSERT_EQ(matches[0].segments.size(), 1U);
    EXPECT_FALSE(matches[0].segments[0].query);
    ASSERT_TRUE(matches[0].segments[0].reference);
    EXPECT_EQ(matches[0].segments[0].reference->begin, MediaTime::from_seconds(6));
    EXPECT_EQ(matches[0].segments[0].reference->end, MediaTime::from_seconds(8));
}

TEST_F(LocalMatch, AlignsAnExcerptInsideAnotherVideo) {
    const Fingerprint known = made_up(4, MediaKind::kVideo, 8);
    add(known, "video");
    Fingerprint query = made_up(900, MediaKind::kVideo, 12);
    Random random(5);
    for (std::size_t i = 0; i < 4; ++i) {
        query.local[5 + i] = edited(known.local[2 + i], {0.75, 0, 30, 50}, random);
        query.local[5 + i].time = query.frames[5 + i].time;
    }
    const std::vector<Match> matches = find(query);
    ASSERT_EQ(matches.size(), 1U);
    ASSERT_EQ(matches[0].segments.size(), 1U);
    const Segment& segment = matches[0].segments[0];
    EXPECT_NEAR(segment.query->begin.seconds(), 10, 1.1);
    EXPECT_NEAR(segment.query->end.seconds(), 18, 1.1);
    EXPECT_NEAR(segment.reference->begin.seconds(), 4, 1.1);
    EXPECT_NEAR(segment.reference->end.seconds(), 12, 1.1);
    EXPECT_NEAR(segment.speed, 1, 0.05);
    EXPECT_NEAR(matches[0].query_coverage, 8.0 / 24, 0.1);
}

TEST_F(LocalMatch, FindsSeveralPicturesInOne) {
    const Fingerprint first = made_up(6, MediaKind::kImage, 1);
    const Fingerprint second = made_up(7, MediaKind::kImage, 1);
    add(first, "first");
    add(second, "second");
    Random random(8);
    Fingerprint query = picture_of(first.local[0], {0.5, 0, 0, 90}, 800);
    const LocalFrame right = edited(second.local[0], {0.5, 0, kWidth / 2.0, 90}, random);
    query.local[0].points.insert(query.local[0].points.end(), right.points.begin(),
                                 right.points.end());
    std::vector<Match> matches = find(query);
    ASSERT_EQ(matches.size(), 2U);
    std::sort(matches.begin(), matches.end(),
              [](const Match& a, const Match& b) { return a.name < b.name; });
    EXPECT_NEAR(matches[0].transform->box[2], 0.5, 0.03);
    EXPECT_NEAR(matches[1].transform->box[0], 0.5, 0.03);
}

TEST_F(LocalMatch, FollowsWhatIsAddedAndRemovedByOthers) {
    const Fingerprint known = made_up(9, MediaKind::kImage, 1);
    const Fingerprint query = picture_of(known.local[0], {}, 900);
    EXPECT_TRUE(find(query).empty());
    Corpus other = Corpus::open(folder_.path() / "corpus", CorpusMode::kReadWrite).value();
    NewItem item;
    item.fingerprint = known;
    item.name = "known";
    item.id = "known";
    ASSERT_TRUE(other.add(std::vector{item}).ok());
    EXPECT_EQ(find(query).size(), 1U);
    ASSERT_TRUE(other.remove(std::vector<std::string>{"known"}).ok());
    EXPECT_TRUE(find(query).empty());
}

TEST_F(LocalMatch, KeepsToTheBanksThatWereAskedFor) {
    const Fingerprint known = made_up(10, MediaKind::kImage, 1);
    add(known, "known");
    FindOptions options;
    options.banks = {"elsewhere"};
    EXPECT_EQ(corpus_.find(picture_of(known.local[0], {}, 950), options).error().code,
              ErrorCode::kUnknownBank);
    NewItem other;
    other.fingerprint = made_up(11, MediaKind::kImage, 1);
    other.bank = "elsewhere";
    ASSERT_TRUE(corpus_.add(std::vector{other}).ok());
    const Result<FindAnswer> answer = corpus_.find(picture_of(known.local[0], {}, 950), options);
    ASSERT_TRUE(answer.ok());
    EXPECT_TRUE(answer->matches.empty());
}

TEST_F(LocalMatch, FindsNothingInUnrelatedPictures) {
    for (std::uint64_t seed = 2000; seed < 2010; ++seed) {
        EXPECT_TRUE(find(made_up(seed, MediaKind::kImage, 1, 1000)).empty()) << seed;
    }
}

TEST_F(LocalMatch, ComparesWithoutACorpus) {
    const Fingerprint known = made_up(11, MediaKind::kImage, 1);
    const Result<FindAnswer> answer =
        compare(picture_of(known.local[0], {}, 960), known, "known.jpg");
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->matches.size(), 1U);
    EXPECT_EQ(answer->matches[0].evidence, std::vector{Evidence::kLocal});
}

TEST(LocalScore, FallsWithDistanceAndComparisonsAndGrowsWithWitnesses) {
    for (int distance = 1; distance <= verdict::kMaxLocalDistance; ++distance) {
        EXPECT_LE(verdict::pair_weight(distance), verdict::pair_weight(distance - 1));
        EXPECT_GT(verdict::pair_weight(distance), 0);
    }
    const Hash256 other{{~std::uint64_t{0}, ~std::uint64_t{0}, 0, 0}};
    const std::vector<verdict::LocalWitness> one = {{9, {}, {}}};
    const std::vector<verdict::LocalWitness> two = {{5, other, other}, {9, {}, {}}};
    const std::vector<verdict::LocalWitness> same = {{5, {}, {}}, {9, {}, {}}};
    // Other scenes with the same graphics, and one scene that shows several stills of it.
    const std::vector<verdict::LocalWitness> graphics = {{5, other, {}}, {9, {}, {}}};
    const std::vector<verdict::LocalWitness> still = {{5, {}, other}, {9, {}, {}}};
    EXPECT_EQ(verdict::local_score({}, 1), 0);
    EXPECT_DOUBLE_EQ(verdict::local_score(one, 1000), 6);
    EXPECT_GT(verdict::local_score(two, 1000), verdict::local_score(one, 1000));
    EXPECT_LT(verdict::local_score(one, 1e6), verdict::local_score(one, 1000));
    EXPECT_EQ(verdict::local_score(same, 1000), verdict::local_score(one, 1000));
    EXPECT_EQ(verdict::local_score(graphics, 1000), verdict::local_score(one, 1000));
    EXPECT_EQ(verdict::local_score(still, 1000), verdict::local_score(one, 1000));
    const std::vector<verdict::LocalWitness> huge = {{1e9, {}, {}}, {1e9, other, other}};
    EXPECT_LT(verdict::local_score(huge, 1), verdict::kExactScore);
    EXPECT_EQ(verdict::combined_score(8, 0), 8);
    EXPECT_GT(verdict::combined_score(8, 3), 8);
    EXPECT_EQ(verdict::combined_score(8, 3), verdict::combined_score(3, 8));
}

}  // namespace
}  // namespace refrain
