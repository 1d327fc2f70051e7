#include "align/picture_match.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "align/plane_map.h"
#include "support/picture_scene.h"

namespace refrain::align {
namespace {

using tests::centred;
using tests::PictureScene;
using tests::placed_at;

/// What the corpus would take for a match.
constexpr double kSure = 10;

double furthest_corner(const PicturePlacement& placement, const PlaneMap& truth) {
    double furthest = 0;
    const std::array<PlanePoint, 4> corners = corners_of(PictureScene::kKnown);
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const PlanePoint expected = apply(truth, corners.at(i));
        furthest = std::max(furthest, std::hypot(placement.quad.at(i).x - expected.x,
                                                 placement.quad.at(i).y - expected.y));
    }
    return furthest;
}

double best_score(const std::vector<PicturePlacement>& placements) {
    double best = 0;
    for (const PicturePlacement& placement : placements) {
        best = std::max(best, placement_score(placement));
    }
    return best;
}

TEST(PictureMatch, FindsEveryTurn) {
    for (int degrees = -170; degrees <= 180; degrees += 25) {
        PictureScene scene;
        scene.add_known(60);
        scene.show(centred(degrees, 1.1));
        scene.add_strays(60);
        const std::vector<PicturePlacement> placements = scene.place();
        ASSERT_FALSE(placements.empty()) << degrees;
        EXPECT_NEAR(std::remainder(placements[0].rotation_deg - degrees, 360), 0, 0.5) << degrees;
        EXPECT_GT(placement_score(placements[0]), 50) << degrees;
    }
}

TEST(PictureMatch, FindsSizesFromASeventhToSixTimes) {
    for (const double scale : {0.15, 0.3, 0.7, 1.0, 2.0, 4.0, 6.0}) {
        PictureScene scene;
        scene.add_known(400, 8);
        const std::size_t shown = scene.show(centred(20, scale));
        scene.add_strays(60);
        const std::vector<PicturePlacement> placements = scene.place();
        ASSERT_FALSE(placements.empty()) << scale;
        EXPECT_NEAR(placements[0].scale / scale, 1, 0.05) << scale;
        EXPECT_GE(placements[0].inliers.size() * 10, shown * 9) << scale;
    }
}

TEST(PictureMatch, FindsTheRightPairsAmongTenTimesAsMany) {
    PictureScene scene;
    scene.add_known(300);
    const PlaneMap truth = centred(-35, 1.2);
    const std::size_t shown = scene.show(truth);
    scene.add_strays(static_cast<int>(shown) * 9);
    PlaceOptions options;
    options.max_pairs = 4000;
    const std::vector<PicturePlacement> placements = scene.place(options);
    ASSERT_FALSE(placements.empty());
    EXPECT_LT(furthest_corner(placements[0], truth), 3);
    EXPECT_GE(placements[0].inliers.size() * 100, shown * 95);
}

TEST(PictureMatch, FollowsPerspective) {
    PictureScene scene;
    scene.add_known(120);
    PlaneMap truth = centred(8, 1.1);
    truth[6] = 4e-4;
    truth[7] = -3e-4;
    scene.show(truth);
    scene.add_strays(120);
    const std::vector<PicturePlacement> placements = scene.place();
    ASSERT_FALSE(placements.empty());
    EXPECT_EQ(placements[0].kind, MapKind::kPerspective);
    EXPECT_LT(furthest_corner(placements[0], truth), 5);
}

TEST(PictureMatch, TakesASimilarityForNoMoreThanThat) {
    PictureScene scene;
    scene.add_known(60);
    scene.show(centred(0, 1));
    const std::vector<PicturePlacement> placements = scene.place();
    ASSERT_EQ(placements.size(), 1U);
    EXPECT_NE(placements[0].kind, MapKind::kPerspective);
    EXPECT_EQ(placements[0].inliers.size(), 60U);
    EXPECT_NEAR(placements[0].overlap_known, 1, 0.02);
    EXPECT_GT(placements[0].spread, 0.95);
    EXPECT_GT(placements[0].expected_share, 0.95);
}

TEST(PictureMatch, FindsAPictureFourTimesInOneQuery) {
    PictureScene scene;
    scene.add_known(80, 6);
    for (const double x : {190.0, 578.0}) {
        for (const double y : {142.0, 434.0}) {
            scene.show(placed_at(0, 0.7, {x, y}));
        }
    }
    scene.add_strays(80);
    const std::vector<PicturePlacement> placements = scene.place();
    ASSERT_EQ(placements.size(), 4U);
    for (const PicturePlacement& placement : placements) {
        EXPECT_GT(placement_score(placement), kSure);
        EXPECT_NEAR(placement.scale, 0.7, 0.02);
    }
}

TEST(PictureMatch, SaysHowMuchIsCommonOfACrop) {
    PictureScene scene;
    scene.add_known(200);
    scene.show(similarity_at(0, 3, {0, 0}, {0, 0}));  // the query shows half of either side
    const std::vector<PicturePlacement> placements = scene.place();
    ASSERT_FALSE(placements.empty());
    EXPECT_NEAR(placements[0].overlap_known, 0.25, 0.01);
    EXPECT_NEAR(placements[0].overlap_query, 1, 0.01);
    EXPECT_NEAR(placements[0].box.right, PictureScene::kQuery.width, 1);
}

TEST(PictureMatch, StraysAloneScoreLow) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        PictureScene scene;
        scene.random.seed(seed);
        scene.add_known(400);
        scene.add_strays(600);
        EXPECT_LT(best_score(scene.place()), 3) << "seed " << seed;
    }
}

TEST(PictureMatch, PairsOnALineGiveNoPlacement) {
    PictureScene scene;
    for (int i = 0; i < 40; ++i) {
        scene.known.push_back({10.0F + 12.0F * static_cast<float>(i), 100, 1.5F, 0});
    }
    scene.show(centred(0, 1));
    EXPECT_TRUE(scene.place().empty());
}

TEST(PictureMatch, EqualPointsGiveNoPlacement) {
    PictureScene scene;
    const PointPlace same{100, 100, 1, 0};
    scene.known.assign(10000, same);
    scene.query.assign(10000, same);
    for (std::uint32_t i = 0; i < 10000; ++i) {
        scene.pairs.push_back({i, i, 1, 0});
    }
    EXPECT_TRUE(scene.place().empty());
}

/// Tiles, fences, checkerboards: each corner of one looks like all of the other's.
TEST(PictureMatch, RepeatedPatternsOfUnrelatedPicturesScoreLow) {
    PictureScene scene;
    for (int y = 0; y < 8; ++y) {
        for (int x = 0; x < 10; ++x) {
            scene.known.push_back(
                {20.0F + 45 * static_cast<float>(x), 20.0F + 45 * static_cast<float>(y), 1.5F, 0});
            scene.query.push_back({30.0F + 61 * static_cast<float>(x) + 3 * static_cast<float>(y),
                                   25.0F + 58 * static_cast<float>(y) + 4 * static_cast<float>(x),
                                   2, 0});
        }
    }
    for (std::uint32_t i = 0; i < 80; ++i) {
        for (std::uint32_t j = 0; j < 80; ++j) {
            if (scene.random() % 4 == 0) {
                scene.pairs.push_back({i, j, 0.5F, 30});
            }
        }
    }
    EXPECT_LT(best_score(scene.place()), 3);
}

/// A logo: many pairs in one corner of both pictures, and points all over that do not agree.
TEST(PictureMatch, ASharedLogoScoresLow) {
    PictureScene scene;
    for (int i = 0; i < 40; ++i) {
        scene.known.push_back({static_cast<float>(scene.uniform(400, 500)),
                               static_cast<float>(scene.uniform(10, 60)), 1.5F, 1});
    }
    scene.show(similarity_at(0, 1.2, {450, 35}, {600, 60}));
    scene.add_known(360);
    for (int i = 0; i < 900; ++i) {
        scene.query.push_back(scene.anywhere(PictureScene::kQuery));
    }
    const std::vector<PicturePlacement> placements = scene.place();
    ASSERT_FALSE(placements.empty());
    EXPECT_LT(placements[0].log10_chance, -kSure);
    EXPECT_LT(placement_score(placements[0]), 3);
}

TEST(PictureMatch, AMirroredPictureIsFoundByMirroredPlacesOnly) {
    PictureScene scene;
    scene.add_known(80);
    scene.show(centred(30, 1.1));
    for (PointPlace& place : scene.query) {
        place.x = static_cast<float>(PictureScene::kQuery.width) - place.x;
        place.angle = static_cast<float>(std::numbers::pi) - place.angle;
    }
    EXPECT_LT(best_score(scene.place()), 3);
    for (PointPlace& place : scene.query) {
        place.x = static_cast<float>(PictureScene::kQuery.width) - place.x;
        place.angle = static_cast<float>(std::numbers::pi) - place.angle;
    }
    EXPECT_GT(best_score(scene.place()), kSure);
}

TEST(PictureMatch, InliersHaveNoPointTwice) {
    PictureScene scene;
    scene.add_known(50);
    scene.show(centred(0, 1));
    for (std::uint32_t k = 0; k < 50; ++k) {
        scene.pairs.push_back({0, k, 0.9F, 10});
        scene.pairs.push_back({k, 0, 0.9F, 10});
    }
    const std::vector<PicturePlacement> placements = scene.place();
    ASSERT_FALSE(placements.empty());
    std::vector<int> known(scene.known.size());
    std::vector<int> query(scene.query.size());
    for (const std::uint32_t i : placements[0].inliers) {
        EXPECT_EQ(++known[scene.pairs[i].known], 1);
        EXPECT_EQ(++query[scene.pairs[i].query], 1);
    }
}

TEST(PictureMatch, IgnoresBadPairsAndPlaces) {
    PictureScene scene;
    scene.add_known(60);
    scene.show(centred(0, 1));
    const std::size_t good = scene.place().at(0).inliers.size();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinite = std::numeric_limits<float>::infinity();
    for (const PointPlace& bad :
         {PointPlace{nan, 0, 1, 0}, PointPlace{0, infinite, 1, 0}, PointPlace{0, 0, 0, 0},
          PointPlace{0, 0, 1, nan}, PointPlace{0, 0, infinite, 0}}) {
        scene.pair_up(0, bad);
    }
    scene.pairs.push_back({99999, 0, 1, 0});
    scene.pairs.push_back({0, 99999, 1, 0});
    scene.pairs.push_back({0, 0, nan, 0});
    scene.pairs.push_back({0, 0, -1, 0});
    EXPECT_EQ(scene.place().at(0).inliers.size(), good);
}

TEST(PictureMatch, NothingComesOfNothing) {
    PictureScene scene;
    EXPECT_TRUE(scene.place().empty());
    scene.add_known(60);
    scene.show(centred(0, 1));
    EXPECT_TRUE(
        place_pictures(scene.pairs, scene.known, scene.query, {0, 0}, {768, 576}, {}).empty());
    EXPECT_TRUE(
        place_pictures(scene.pairs, scene.known, scene.query, {512, 384}, {768, -1}, {}).empty());
    PlaceOptions none;
    none.max_placements = 0;
    EXPECT_TRUE(scene.place(none).empty());
    none.max_placements = 4;
    none.max_pairs = 0;
    EXPECT_TRUE(scene.place(none).empty());
}

PicturePlacement sound_placement() {
    PicturePlacement placement;
    placement.overlap_known = 1;
    placement.overlap_query = 1;
    placement.spread = 0.8;
    placement.expected_share = 0.35;
    placement.log10_chance = -40;
    return placement;
}

TEST(PlacementScore, FallsWhereTheQueryShowsMoreOnBlankGround) {
    PicturePlacement placement = sound_placement();
    EXPECT_DOUBLE_EQ(placement_score(placement), 40);
    placement.blank_share = 0.4;
    EXPECT_DOUBLE_EQ(placement_score(placement), 40);
    placement.blank_share = 0.7;
    EXPECT_LT(placement_score(placement), 15);
    placement.expected_share = 0.8;
    EXPECT_DOUBLE_EQ(placement_score(placement), 40);
}

TEST(PlacementScore, FallsWhereAnAffineMapLeavesMuchWithoutAgreement) {
    PicturePlacement placement = sound_placement();
    placement.torn_share = 0.45;
    // What is pasted over a copy leaves as much, and a similarity is believed all the same.
    EXPECT_DOUBLE_EQ(placement_score(placement), 40);
    placement.torn_share = 0.6;
    EXPECT_LT(placement_score(placement), 10);
    placement.torn_share = 0.45;
    placement.kind = MapKind::kAffine;
    EXPECT_LT(placement_score(placement), 10);
    placement.torn_share = 0.1;
    EXPECT_DOUBLE_EQ(placement_score(placement), 40);
}

}  // namespace
}  // namespace refrain::align
