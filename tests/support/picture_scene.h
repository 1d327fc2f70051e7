#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "align/picture_match.h"
#include "align/plane_map.h"

namespace refrain::tests {

/// A known picture with points at random, and a query that shows it, and strays.
struct PictureScene {
    static constexpr align::PictureSize kKnown{512, 384};
    static constexpr align::PictureSize kQuery{768, 576};

    std::mt19937_64 random{7};
    std::vector<align::PointPlace> known;
    std::vector<align::PointPlace> query;
    std::vector<align::PointPair> pairs;

    double uniform(double low, double high) {
        return low + (high - low) * static_cast<double>(random() >> 11U) * 0x1p-53;
    }
    align::PointPlace anywhere(align::PictureSize size, double max_scale = 3) {
        return {static_cast<float>(uniform(0, size.width)),
                static_cast<float>(uniform(0, size.height)),
                static_cast<float>(uniform(1, max_scale)),
                static_cast<float>(uniform(0, 2 * std::numbers::pi))};
    }
    void add_known(int count, double max_scale = 3) {
        for (int i = 0; i < count; ++i) {
            known.push_back(anywhere(kKnown, max_scale));
        }
    }
    void pair_up(std::size_t k, const align::PointPlace& q) {
        pairs.push_back(
            {static_cast<std::uint32_t>(query.size()), static_cast<std::uint32_t>(k), 0.8F, 40});
        query.push_back(q);
    }
    /// Shows the known points as a map does, within half a pixel, where they fall inside the query
    /// and are not too fine for it. @return how many
    std::size_t show(const align::PlaneMap& map) {
        std::size_t shown = 0;
        for (std::size_t k = 0; k < known.size(); ++k) {
            const align::PlanePoint from{known[k].x, known[k].y};
            const align::PlanePoint to = apply(map, from);
            const align::LocalPose pose = pose_at(map, from);
            const double scale = known[k].scale * pose.scale;
            if (to.x < 0 || to.y < 0 || to.x >= kQuery.width || to.y >= kQuery.height ||
                scale < 1) {
                continue;
            }
            pair_up(k, {static_cast<float>(to.x + uniform(-0.5, 0.5)),
                        static_cast<float>(to.y + uniform(-0.5, 0.5)), static_cast<float>(scale),
                        static_cast<float>(known[k].angle + pose.angle + uniform(-0.2, 0.2))});
            ++shown;
        }
        return shown;
    }
    void add_strays(int count) {
        for (int i = 0; i < count; ++i) {
            const align::PointPlace place = anywhere(kQuery);
            pair_up(random() % known.size(), place);
        }
    }
    [[nodiscard]] std::vector<align::PicturePlacement> place(
        const align::PlaceOptions& options = {}) const {
        return place_pictures(pairs, known, query, kKnown, kQuery, options);
    }
};

/// A similarity that takes the middle of the known picture to a place in the query.
inline align::PlaneMap placed_at(double degrees, double scale, align::PlanePoint middle) {
    return align::similarity_at(
        degrees * std::numbers::pi / 180, scale,
        {PictureScene::kKnown.width / 2.0, PictureScene::kKnown.height / 2.0}, middle);
}

inline align::PlaneMap centred(double degrees, double scale) {
    return placed_at(degrees, scale,
                     {PictureScene::kQuery.width / 2.0, PictureScene::kQuery.height / 2.0});
}

}  // namespace refrain::tests
