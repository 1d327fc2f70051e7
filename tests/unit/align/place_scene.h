#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>

#include "align/picture_match.h"
#include "align/plane_map.h"
#include "support/picture_scene.h"

namespace refrain::align {

/// Pairs of points of two pictures, one of which may show the other in part, bent, torn or with
/// graphics beside it; the seed decides all of it.
class PlaceScene {
  public:
    explicit PlaceScene(std::uint64_t seed) {
        scene_.random.seed(seed);
        const double max_scale = one_of({1.5, 3, 12});
        scene_.add_known(static_cast<int>(one_of({20, 60, 150, 300})), max_scale);
        const PlaneMap map = some_map();
        const double jitter = one_of({0.5, 2, 5});
        const double missing = one_of({0, 0.3, 0.6, 0.8});
        const PictureBox left_out = some_box(one_of({0, 0.3, 0.6}));
        const PictureBox huddle = some_box(one_of({0.2, 0.4, 2, 2}));
        for (std::size_t k = 0; k < scene_.known.size(); ++k) {
            const PointPlace& from = scene_.known[k];
            if (!is_in(huddle, from) || is_in(left_out, from) || real(0, 1) < missing) {
                continue;
            }
            show(k, map, jitter);
        }
        add_others();
    }

    /// What is found, in one line: of each place its inliers, chance, measures and worth.
    [[nodiscard]] std::string places(const PlacementRules& rules) const {
        PlaceOptions options;
        options.max_log10_chance = 0;
        options.max_placements = 2;
        std::string text;
        for (const PicturePlacement& one : place_pictures(scene_.pairs, scene_.known, scene_.query,
                                                          kSize, kQuery, options, rules)) {
            std::array<char, 160> line{};
            const char* kind = one.kind == MapKind::kPerspective ? "P"
                               : one.kind == MapKind::kAffine    ? "A"
                                                                 : "S";
            std::snprintf(
                line.data(), line.size(),
                "%s%s%zu chance %.2f spread %.2f share %.2f blank %.2f torn %.2f worth %.2f",
                text.empty() ? "" : "; ", kind, one.inliers.size(), one.log10_chance, one.spread,
                one.expected_share, one.blank_share, one.torn_share, placement_score(one, rules));
            text += line.data();
        }
        return text;
    }

  private:
    static constexpr PictureSize kSize = tests::PictureScene::kKnown;
    static constexpr PictureSize kQuery = tests::PictureScene::kQuery;

    double real(double low, double high) { return scene_.uniform(low, high); }
    template <std::size_t kCount>
    double one_of(const double (&values)[kCount]) {
        return values[scene_.random() % kCount];
    }
    static bool is_in(const PictureBox& box, const PointPlace& point) {
        return point.x >= box.left && point.x < box.right && point.y >= box.top &&
               point.y < box.bottom;
    }
    /// @param share  of the known picture's sides
    PictureBox some_box(double share) {
        const double left = share < 1 ? real(0, 1 - share) : 0;
        const double top = share < 1 ? real(0, 1 - share) : 0;
        return {left * kSize.width, top * kSize.height, (left + share) * kSize.width,
                (top + share) * kSize.height};
    }
    PlaneMap some_map() {
        // One draw a statement: C++ leaves the order of a function's arguments open.
        const PlanePoint middle{real(200, 600), real(150, 450)};
        const double scale = one_of({0.5, 0.8, 1, 1.6, 3});
        PlaneMap map = tests::placed_at(one_of({0, 10, 45, 90}), scale, middle);
        const double bend = one_of({0, 0, 0.3, 0.8});
        const double lean = one_of({0, 0, 0.0005, 0.0015});
        map[1] += bend * map[0];
        map[6] += lean;
        return map;
    }
    void show(std::size_t k, const PlaneMap& map, double jitter) {
        const PlanePoint from{scene_.known[k].x, scene_.known[k].y};
        const PlanePoint to = apply(map, from);
        const LocalPose pose = pose_at(map, from);
        const double scale = scene_.known[k].scale * pose.scale;
        if (to.x < 0 || to.y < 0 || to.x >= kQuery.width || to.y >= kQuery.height || scale < 1) {
            return;
        }
        scene_.pair_up(k,
                       {static_cast<float>(to.x + real(-jitter, jitter)),
                        static_cast<float>(to.y + real(-jitter, jitter)),
                        static_cast<float>(scale * std::exp2(real(-0.4, 0.4))),
                        static_cast<float>(scene_.known[k].angle + pose.angle + real(-0.4, 0.4))});
        scene_.pairs.back().distance = static_cast<std::uint16_t>(real(15, 64));
        scene_.pairs.back().weight = static_cast<float>(real(0.1, 1));
    }
    /// Strays, points that have no pair, and points that are in several pairs.
    void add_others() {
        scene_.add_strays(static_cast<int>(one_of({0, 30, 200})));
        for (double left = one_of({0, 50, 300}); left > 0; --left) {
            scene_.query.push_back(scene_.anywhere(kQuery));
        }
        for (double left = one_of({0, 0, 100}); left > 0 && !scene_.pairs.empty(); --left) {
            PointPair again = scene_.pairs[scene_.random() % scene_.pairs.size()];
            again.query = static_cast<std::uint32_t>(scene_.random() % scene_.query.size());
            scene_.pairs.push_back(again);
        }
    }

    tests::PictureScene scene_;
};

}  // namespace refrain::align
