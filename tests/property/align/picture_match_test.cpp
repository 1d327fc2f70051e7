#include "align/picture_match.h"

#include <gtest/gtest.h>

#include "align/pair_table.h"
#include "align/placement_plain.h"
#include "support/picture_scene.h"

namespace refrain::align {
namespace {

using tests::PictureScene;

/// The search finds as many pairs as the best similarity of any two of them has, or nearly.
TEST(PictureMatch, FindsAsManyPairsAsThePlainTwin) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        PictureScene scene;
        scene.random.seed(seed);
        scene.add_known(static_cast<int>(scene.uniform(12, 60)));
        const std::size_t shown = scene.show(
            tests::placed_at(scene.uniform(-180, 180), std::exp2(scene.uniform(-0.5, 1.5)),
                             {scene.uniform(200, 568), scene.uniform(150, 426)}));
        scene.add_strays(static_cast<int>(scene.uniform(0, 80)));
        if (shown < 8) {
            continue;
        }
        const PairScene pairs{scene.pairs, scene.known, scene.query, PictureScene::kKnown,
                              PictureScene::kQuery};
        const std::size_t plain = most_rows_plain(make_pair_table(pairs, 1000)).size();
        const std::vector<PicturePlacement> placements = scene.place();
        ASSERT_FALSE(placements.empty()) << "seed " << seed;
        EXPECT_GE(placements[0].inliers.size() * 100, plain * 95) << "seed " << seed;
    }
}

TEST(PictureMatch, TheOrderOfPairsMakesNoDifference) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        PictureScene scene;
        scene.random.seed(seed);
        scene.add_known(60);
        scene.show(tests::centred(scene.uniform(-180, 180), 1.1));
        scene.add_strays(100);
        for (PointPair& pair : scene.pairs) {
            pair.weight = static_cast<float>(scene.uniform(0.2, 1));  // no two are equal
        }
        const double chance = scene.place().at(0).log10_chance;
        std::shuffle(scene.pairs.begin(), scene.pairs.end(), scene.random);
        EXPECT_NEAR(scene.place().at(0).log10_chance, chance, 1e-6) << "seed " << seed;
    }
}

}  // namespace
}  // namespace refrain::align
