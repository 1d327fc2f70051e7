#include "align/picture_match.h"

#include <cmath>
#include <numbers>
#include <random>

#include <gtest/gtest.h>

#include "align/plane_map.h"

namespace refrain::align {
namespace {

constexpr PictureSize kKnown{512, 384};
constexpr PictureSize kQuery{768, 576};

/// A known picture with points at random, and a query that shows it and strays.
struct Scene {
    std::mt19937_64 random{7};
    std::vector<PointPlace> known;
    std::vector<PointPlace> query;
    std::vector<PointPair> pairs;

    double uniform(double low, double high) {
        return std::uniform_real_distribution<double>(low, high)(random);
    }
    PointPlace anywhere(PictureSize size) {
        return {static_cast<float>(uniform(0, size.width)),
                static_cast<float>(uniform(0, size.height)), static_cast<float>(uniform(1, 3)),
                static_cast<float>(uniform(0, 2 * std::numbers::pi))};
    }
    void add_known(int count) {
        for (int i = 0; i < count; ++i) {
            known.push_back(anywhere(kKnown));
        }
    }
    void pair_up(std::size_t k, const PointPlace& q) {
        pairs.push_back(
            {static_cast<std::uint32_t>(query.size()), static_cast<std::uint32_t>(k), 0.8F, 40});
        query.push_back(q);
    }
    /// Shows all known points as a map does, within a pixel, if they fall inside the query.
    void show(const PlaneMap& map) {
        for (std::size_t k = 0; k < known.size(); ++k) {
            const PlanePoint from{known[k].x, known[k].y};
            const PlanePoint to = apply(map, from);
            const LocalPose pose = pose_at(map, from);
            if (to.x < 0 || to.y < 0 || to.x >= kQuery.width || to.y >= kQuery.height) {
                continue;
            }
            pair_up(k, {static_cast<float>(to.x + uniform(-1, 1)),
                        static_cast<float>(to.y + uniform(-1, 1)),
                        static_cast<float>(std::max(1.0, known[k].scale * pose.scale)),
                        static_cast<float>(known[k].angle + pose.angle + uniform(-0.2, 0.2))});
        }
    }
    void add_strays(int count) {
        for (int i = 0; i < count; ++i) {
            pair_up(random() % known.size(), anywhere(kQuery));
        }
    }
    [[nodiscard]] std::vector<PicturePlacement> place(const PlaceOptions& options = {}) const {
        return place_pictures(pairs, known, query, kKnown, kQuery, options);
    }
};

PlaneMap centred(double degrees, double scale) {
    return similarity_at(degrees * std::numbers::pi / 180, scale, {256, 192}, {384, 288});
}

TEST(PictureMatch, FindsEveryTurn) {
    for (int degrees = -170; degrees <= 180; degrees += 25) {
        Scene scene;
        scene.add_known(60);
        scene.show(centred(degrees, 0.9));
        scene.add_strays(60);
        const std::vector<PicturePlacement> placements = scene.place();
        ASSERT_FALSE(placements.empty()) << degrees;
        EXPECT_NEAR(std::remainder(placements[0].rotation_deg - degrees, 360), 0, 1) << degrees;
        EXPECT_GE(placements[0].inliers.size(), 58U) << degrees;
        EXPECT_GT(placement_score(placements[0]), 50) << degrees;
    }
}

TEST(PictureMatch, StraysAloneScoreLow) {
    Scene scene;
    scene.add_known(400);
    scene.add_strays(600);
    for (const PicturePlacement& placement : scene.place()) {
        EXPECT_LT(placement_score(placement), 4);
    }
}

TEST(PictureMatch, IgnoresPairsThatPointNowhere) {
    Scene scene;
    scene.add_known(3);
    scene.pairs = {{0, 0, 1, 0}, {5, 1, 1, 0}, {0, 9, 1, 0}};
    EXPECT_TRUE(scene.place().empty());
}

}  // namespace
}  // namespace refrain::align
