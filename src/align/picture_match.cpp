#include "align/picture_match.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "align/plane_map.h"
#include "align/pose_votes.h"

namespace refrain::align {
namespace {

/// How far an inlier may lie from where the map says, in pixels of the query: the places of points
/// are known to a part of their size.
constexpr double kTolerance = 2.5;
constexpr double kTolerancePerScale = 1.0;
/// How much the angle and log2 of the size may differ from what the map does there.
constexpr double kAngleTolerance = 0.5;
constexpr double kLogScaleTolerance = 0.7;
/// How much further than its tolerance a pair may lie from what one pair of a hypothesis says, as a
/// share of its distance from that pair.
constexpr double kSeedDrift = 0.25;
constexpr int kRounds = 6;

/// Pictures, pairs and what is known of both, valid during one call.
struct Scene {
    std::span<const PointPair> pairs;
    std::span<const PointPlace> known;
    std::span<const PointPlace> query;
    PictureSize known_size;
    PictureSize query_size;
    PlaceOptions options;
};

/// A map and the pairs that agree with it, indices into the pairs.
struct Candidate {
    PlaneMap map{};
    std::vector<std::uint32_t> inliers;
    double log10_chance = 0;
};

double turned(double angle) { return std::remainder(angle, 2 * std::numbers::pi); }

double tolerance_of(const Scene& scene, const PointPair& pair, double scale) {
    const double size =
        std::max<double>(scene.query[pair.query].scale, scale * scene.known[pair.known].scale);
    return kTolerance + kTolerancePerScale * std::min(size, 8.0);
}

bool agrees_in_pose(const Scene& scene, const PointPair& pair, const LocalPose& pose) {
    const PointPlace& k = scene.known[pair.known];
    const PointPlace& q = scene.query[pair.query];
    return std::abs(turned(double{q.angle} - k.angle - pose.angle)) <= kAngleTolerance &&
           std::abs(std::log2(double{q.scale} / k.scale / pose.scale)) <= kLogScaleTolerance;
}

PlacePair places_of(const Scene& scene, const PointPair& pair, double weight) {
    const PointPlace& k = scene.known[pair.known];
    const PointPlace& q = scene.query[pair.query];
    return {{k.x, k.y}, {q.x, q.y}, weight};
}

double miss(const PlaneMap& map, const PlacePair& pair) {
    const PlanePoint image = apply(map, pair.from);
    return std::hypot(image.x - pair.to.x, image.y - pair.to.y);
}

/// Pairs that agree with a map, the best of those that share a point.
std::vector<std::uint32_t> inliers_of(const Scene& scene,
                                      std::span<const std::uint32_t> free,
                                      const PlaneMap& map) {
    struct Found {
        double miss = 0;
        std::uint32_t pair = 0;
    };
    std::vector<Found> found;
    const LocalPose pose =
        pose_at(map, {scene.known_size.width / 2.0, scene.known_size.height / 2.0});
    for (const std::uint32_t i : free) {
        const PointPair& pair = scene.pairs[i];
        if (!agrees_in_pose(scene, pair, pose)) {
            continue;
        }
        const double off =
            miss(map, places_of(scene, pair, 1)) / tolerance_of(scene, pair, pose.scale);
        if (off <= 1) {
            found.push_back({off - pair.weight, i});
        }
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
        return a.miss != b.miss ? a.miss < b.miss : a.pair < b.pair;
    });
    std::vector<bool> known_taken(scene.known.size());
    std::vector<bool> query_taken(scene.query.size());
    std::vector<std::uint32_t> kept;
    for (const Found& one : found) {
        const PointPair& pair = scene.pairs[one.pair];
        if (!known_taken[pair.known] && !query_taken[pair.query]) {
            known_taken[pair.known] = true;
            query_taken[pair.query] = true;
            kept.push_back(one.pair);
        }
    }
    std::sort(kept.begin(), kept.end());
    return kept;
}

/// Follows what one pair says to the similarity on which most pairs near it agree.
PlaneMap similarity_from(const Scene& scene,
                         std::span<const std::uint32_t> free,
                         const PointPair& seed) {
    const PointPlace& k = scene.known[seed.known];
    const PointPlace& q = scene.query[seed.query];
    PlaneMap map =
        similarity_at(double{q.angle} - k.angle, double{q.scale} / k.scale, {k.x, k.y}, {q.x, q.y});
    std::vector<PlacePair> near;
    double drift = kSeedDrift;
    for (int round = 0; round < kRounds; ++round) {
        near.clear();
        const LocalPose pose = pose_at(map, {k.x, k.y});
        for (const std::uint32_t i : free) {
            const PointPair& pair = scene.pairs[i];
            if (!agrees_in_pose(scene, pair, pose)) {
                continue;
            }
            PlacePair places = places_of(scene, pair, pair.weight);
            const double reach = std::hypot(places.to.x - q.x, places.to.y - q.y);
            const double bound = tolerance_of(scene, pair, pose.scale) + drift * reach;
            const double off = miss(map, places) / bound;
            if (off < 1) {
                places.weight *= (1 - off * off) / (bound * bound);
                near.push_back(places);
            }
        }
        const PlaneMap better = near.size() >= 2 ? fit_similarity(near) : PlaneMap{};
        if (better[8] == 0) {
            return map;
        }
        map = better;
        drift = round + 2 < kRounds ? drift / 2 : 0;
    }
    return map;
}

/// log10 of n over k, by Stirling's series.
double log10_factorial(double n) {
    if (n < 2) {
        return 0;
    }
    return ((n + 0.5) * std::log(n) - n + 0.5 * std::log(2 * std::numbers::pi) + 1 / (12 * n)) /
           std::numbers::ln10;
}

/// log10 of the chance of at least `hits` of `trials`, each with `chance`; an upper bound.
double log10_tail(double trials, double hits, double chance) {
    if (hits <= trials * chance || hits <= 0) {
        return 0;
    }
    const double term = log10_factorial(trials) - log10_factorial(hits) -
                        log10_factorial(trials - hits) + hits * std::log10(chance) +
                        (trials - hits) * std::log10(1 - chance);
    const double ratio = (trials - hits) / (hits + 1) * chance / (1 - chance);
    return std::min(0.0, term - std::log10(1 - std::min(ratio, 0.999)));
}

/// The chance that a pair of unrelated pictures agrees with a given map.
double chance_of_pair(const Scene& scene) {
    const double radius = kTolerance + 2 * kTolerancePerScale;
    const double area = static_cast<double>(scene.query_size.width) * scene.query_size.height;
    const double place = std::numbers::pi * radius * radius / area;
    const double angle = kAngleTolerance / std::numbers::pi;
    return std::min(0.5, place * angle * 0.5);
}

/// Inliers without those beside another, which see the same corner.
std::size_t distinct_inliers(const Scene& scene, std::span<const std::uint32_t> inliers) {
    constexpr float kCell = 8;
    std::vector<std::uint64_t> cells;
    for (const std::uint32_t i : inliers) {
        const PointPlace& k = scene.known[scene.pairs[i].known];
        cells.push_back((std::uint64_t{static_cast<std::uint32_t>(k.x / kCell)} << 32U) |
                        static_cast<std::uint32_t>(k.y / kCell));
    }
    std::sort(cells.begin(), cells.end());
    return static_cast<std::size_t>(std::unique(cells.begin(), cells.end()) - cells.begin());
}

double log10_chance_of(const Scene& scene,
                       std::span<const std::uint32_t> inliers,
                       std::size_t pairs) {
    const auto agreeing = static_cast<double>(distinct_inliers(scene, inliers));
    const auto all = static_cast<double>(pairs);
    // One pair of the hypothesis agrees by construction; a second fixes its scale and turn.
    const double tests = 2 * std::log10(all);
    return std::min(0.0, tests + log10_tail(all - 2, agreeing - 2, chance_of_pair(scene)));
}

bool is_plausible(const Scene& scene, const PlaneMap& map) {
    const LocalPose pose =
        pose_at(map, {scene.known_size.width / 2.0, scene.known_size.height / 2.0});
    return !pose.is_mirror && pose.scale <= scene.options.max_scale &&
           pose.scale >= 1 / scene.options.max_scale;
}

Candidate best_candidate(const Scene& scene, std::span<const std::uint32_t> free) {
    Candidate best;
    const auto fewest = static_cast<std::size_t>(std::max(3, scene.options.min_inliers));
    for (const std::uint32_t seed : order_by_votes(scene.pairs, free, {scene.known, scene.query},
                                                   scene.options.max_hypotheses)) {
        if (std::binary_search(best.inliers.begin(), best.inliers.end(), seed)) {
            continue;
        }
        Candidate candidate;
        candidate.map = similarity_from(scene, free, scene.pairs[seed]);
        if (!is_plausible(scene, candidate.map)) {
            continue;
        }
        candidate.inliers = inliers_of(scene, free, candidate.map);
        if (candidate.inliers.size() < fewest) {
            continue;
        }
        candidate.log10_chance = log10_chance_of(scene, candidate.inliers, free.size());
        if (best.inliers.empty() || candidate.log10_chance < best.log10_chance) {
            best = std::move(candidate);
        }
    }
    return best;
}

/// Points of the known picture that the query could show, and the query's that the known picture
/// could, by cells of a grid over what is common of the known picture.
struct Region {
    static constexpr int kSide = 6;
    std::size_t known = 0;
    std::size_t query = 0;
    std::array<bool, kSide * kSide> has_points{};
    std::array<bool, kSide * kSide> has_inliers{};
};

bool is_inside(PlanePoint point, PictureSize size) {
    return point.x >= 0 && point.y >= 0 && point.x < size.width && point.y < size.height;
}

std::size_t cell_of(PlanePoint point, const PictureBox& box) {
    const auto cell = [](double at, double begin, double end) {
        return static_cast<std::size_t>(
            std::clamp((at - begin) / std::max(end - begin, 1.0), 0.0, 0.999) * Region::kSide);
    };
    return cell(point.y, box.top, box.bottom) * Region::kSide + cell(point.x, box.left, box.right);
}

PictureBox box_of(std::span<const PlanePoint> polygon) {
    if (polygon.empty()) {
        return {};
    }
    PictureBox box{polygon[0].x, polygon[0].y, polygon[0].x, polygon[0].y};
    for (const PlanePoint& point : polygon) {
        box = {std::min(box.left, point.x), std::min(box.top, point.y),
               std::max(box.right, point.x), std::max(box.bottom, point.y)};
    }
    return box;
}

/// Sizes of points in which both pictures have some, in the other picture's measure.
bool is_seen(double scale) { return scale >= 0.8 && scale <= 8; }

Region survey(const Scene& scene, const Candidate& candidate, const PictureBox& common) {
    Region region;
    for (const PointPlace& k : scene.known) {
        const LocalPose pose = pose_at(candidate.map, {k.x, k.y});
        if (is_inside(apply(candidate.map, {k.x, k.y}), scene.query_size) &&
            is_seen(pose.scale * k.scale)) {
            ++region.known;
            region.has_points.at(cell_of({k.x, k.y}, common)) = true;
        }
    }
    const PlaneMap back = inverse(candidate.map);
    for (const PointPlace& q : scene.query) {
        const LocalPose pose = pose_at(back, {q.x, q.y});
        if (is_inside(apply(back, {q.x, q.y}), scene.known_size) && is_seen(pose.scale * q.scale)) {
            ++region.query;
        }
    }
    for (const std::uint32_t i : candidate.inliers) {
        const PointPlace& k = scene.known[scene.pairs[i].known];
        const std::size_t cell = cell_of({k.x, k.y}, common);
        region.has_points.at(cell) = true;
        region.has_inliers.at(cell) = true;
    }
    return region;
}

PicturePlacement describe(const Scene& scene, const Candidate& candidate) {
    PicturePlacement placement;
    placement.known_to_query = candidate.map;
    placement.log10_chance = candidate.log10_chance;
    placement.inliers = candidate.inliers;
    for (const std::uint32_t i : candidate.inliers) {
        placement.weight += scene.pairs[i].weight;
    }
    const std::array<PlanePoint, 4> outline = corners_of(scene.known_size);
    for (std::size_t i = 0; i < outline.size(); ++i) {
        placement.quad.at(i) = apply(candidate.map, outline.at(i));
    }
    const std::vector<PlanePoint> shown = clip(placement.quad, scene.query_size);
    placement.box = box_of(shown);
    const double query_area = static_cast<double>(scene.query_size.width) * scene.query_size.height;
    placement.overlap_query = std::clamp(signed_area(shown) / query_area, 0.0, 1.0);
    const PlaneMap back = inverse(candidate.map);
    std::vector<PlanePoint> common;
    for (const PlanePoint& corner : shown) {
        common.push_back(apply(back, corner));
    }
    const double known_area = static_cast<double>(scene.known_size.width) * scene.known_size.height;
    placement.overlap_known = std::clamp(signed_area(common) / known_area, 0.0, 1.0);
    const PictureBox common_box = box_of(common);
    const LocalPose pose = pose_at(candidate.map, {(common_box.left + common_box.right) / 2,
                                                   (common_box.top + common_box.bottom) / 2});
    placement.scale = pose.scale;
    placement.rotation_deg = turned(pose.angle) * 180 / std::numbers::pi;

    const Region region = survey(scene, candidate, common_box);
    const auto count = [](const auto& cells) {
        return static_cast<double>(std::count(cells.begin(), cells.end(), true));
    };
    placement.spread = count(region.has_inliers) / std::max(count(region.has_points), 1.0);
    const auto found = static_cast<double>(candidate.inliers.size());
    const double expected = static_cast<double>(std::min(region.known, region.query));
    placement.expected_share = std::min(1.0, found / std::max(expected, 1.0));
    placement.query_share = std::min(1.0, found / std::max(static_cast<double>(region.query), 1.0));
    return placement;
}

bool is_usable(const Scene& scene, const PointPair& pair) {
    if (pair.known >= scene.known.size() || pair.query >= scene.query.size() ||
        !(pair.weight > 0) || !std::isfinite(pair.weight)) {
        return false;
    }
    const auto is_place = [](const PointPlace& place) {
        return std::isfinite(place.x) && std::isfinite(place.y) && std::isfinite(place.angle) &&
               place.scale >= 1 && std::isfinite(place.scale);
    };
    return is_place(scene.known[pair.known]) && is_place(scene.query[pair.query]);
}

std::vector<std::uint32_t> usable_pairs(const Scene& scene) {
    std::vector<std::uint32_t> usable;
    for (std::uint32_t i = 0; i < scene.pairs.size(); ++i) {
        if (is_usable(scene, scene.pairs[i])) {
            usable.push_back(i);
        }
    }
    if (usable.size() > scene.options.max_pairs) {
        const auto heavier = [&scene](std::uint32_t a, std::uint32_t b) {
            const float wa = scene.pairs[a].weight;
            const float wb = scene.pairs[b].weight;
            return wa != wb ? wa > wb : a < b;
        };
        std::nth_element(usable.begin(),
                         usable.begin() + static_cast<std::ptrdiff_t>(scene.options.max_pairs),
                         usable.end(), heavier);
        usable.resize(scene.options.max_pairs);
        std::sort(usable.begin(), usable.end());
    }
    return usable;
}

}  // namespace

std::vector<PicturePlacement> place_pictures(std::span<const PointPair> pairs,
                                             std::span<const PointPlace> known,
                                             std::span<const PointPlace> query,
                                             PictureSize known_size,
                                             PictureSize query_size,
                                             const PlaceOptions& options) {
    std::vector<PicturePlacement> placements;
    if (known_size.width <= 0 || known_size.height <= 0 || query_size.width <= 0 ||
        query_size.height <= 0) {
        return placements;
    }
    const Scene scene{pairs, known, query, known_size, query_size, options};
    std::vector<std::uint32_t> free = usable_pairs(scene);
    for (int i = 0; i < options.max_placements; ++i) {
        const Candidate best = best_candidate(scene, free);
        if (best.inliers.empty()) {
            break;
        }
        placements.push_back(describe(scene, best));
        std::vector<std::uint32_t> rest;
        std::set_difference(free.begin(), free.end(), best.inliers.begin(), best.inliers.end(),
                            std::back_inserter(rest));
        free = std::move(rest);
    }
    return placements;
}

double placement_score(const PicturePlacement& placement) {
    return std::max(0.0, -placement.log10_chance);
}

}  // namespace refrain::align
