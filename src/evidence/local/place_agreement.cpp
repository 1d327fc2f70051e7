#include "evidence/local/place_agreement.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "align/plane_map.h"
#include "evidence/local/placed_cells.h"
#include "index/hamming_kernels.h"
#include "local/local_features.h"

namespace refrain::evidence {

namespace {

// A point of the query is at the place of a known one within these, pixels and times its size, if
// it is of that size within a factor, as log2.
constexpr double kReach = 3;
constexpr double kReachPerScale = 1.5;
constexpr double kMaxScale = 8;
constexpr double kLogScaleTolerance = 0.7;
// Sizes in the query at which it has points; as for PicturePlacement::expected_share.
constexpr double kFinest = 0.8;
// Codes within the first are of the same thing; none within the second, and it is another.
constexpr int kLike = 64;
constexpr int kUnlike = 85;
// Points of one picture nearer than this, pixels, show the same corner.
constexpr double kSameCorner = 10;

Hash256 code_of(const LocalPoint& point, bool is_mirrored) {
    return is_mirrored ? local::mirrored(point.code) : point.code;
}

/// The points of the query from left to right.
class PointsByColumn {
  public:
    explicit PointsByColumn(std::span<const align::PointPlace> places)
        : places_(places), order_(places.size()) {
        std::iota(order_.begin(), order_.end(), 0U);
        std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
            return places_[a].x != places_[b].x ? places_[a].x < places_[b].x : a < b;
        });
    }

    /// Calls `visit` with the index of each point whose column is within `reach` of x.
    template <typename Visit>
    void near(double x, double reach, const Visit& visit) const {
        auto at =
            std::lower_bound(order_.begin(), order_.end(), x - reach,
                             [&](std::uint32_t i, double left) { return places_[i].x < left; });
        for (; at != order_.end() && places_[*at].x <= x + reach; ++at) {
            visit(*at);
        }
    }

  private:
    std::span<const align::PointPlace> places_;
    std::vector<std::uint32_t> order_;
};

/// The distance of the code nearest to a known point's among those at its place; above 256: the
/// query has no point there.
int nearest_at(const PlacedPair& pictures,
               const PointsByColumn& columns,
               std::size_t known,
               align::PlanePoint place,
               double scale) {
    int nearest = Hash256::kBits + 1;
    const double reach = kReach + kReachPerScale * kMaxScale;
    columns.near(place.x, reach, [&](std::uint32_t q) {
        const align::PointPlace& point = pictures.query_places[q];
        const double dx = point.x - place.x;
        const double dy = point.y - place.y;
        const double bound = kReach + kReachPerScale * std::min<double>(point.scale, kMaxScale);
        if (dx * dx + dy * dy > bound * bound ||
            std::abs(std::log2(point.scale / scale)) > kLogScaleTolerance) {
            return;
        }
        nearest = std::min(nearest,
                           hamming_distance(code_of(pictures.query.points[q], pictures.is_mirrored),
                                            pictures.known.points[known].code));
    });
    return nearest;
}

/// Whether a known point is like none elsewhere in its own picture.
bool is_lone(const LocalFrame& known,
             std::span<const align::PointPlace> places,
             std::span<const Hash256> codes,
             std::uint32_t point,
             std::vector<index::Near>& found) {
    found.clear();
    index::hamming_kernels().scan(codes, 0, known.points[point].code, kLike, found);
    return std::none_of(found.begin(), found.end(), [&](const index::Near& one) {
        const double dx = places[one.position].x - places[point].x;
        const double dy = places[one.position].y - places[point].y;
        return dx * dx + dy * dy > kSameCorner * kSameCorner;
    });
}

double lone_share(const PlacedPair& pictures,
                  const align::PicturePlacement& placement,
                  std::span<const align::PointPair> pairs) {
    std::vector<Hash256> codes;
    codes.reserve(pictures.known.points.size());
    for (const LocalPoint& point : pictures.known.points) {
        codes.push_back(point.code);
    }
    std::vector<index::Near> found;
    double lone = 0;
    for (const std::uint32_t inlier : placement.inliers) {
        lone += is_lone(pictures.known, pictures.known_places, codes, pairs[inlier].known, found);
    }
    return lone / std::max<double>(1, static_cast<double>(placement.inliers.size()));
}

}  // namespace

PointStates states_of(const PlacedPair& pictures,
                      const align::PlaneMap& known_to_query,
                      double scale_of_map,
                      std::span<const char> is_left_out) {
    PointStates states;
    const PointsByColumn columns(pictures.query_places);
    for (std::size_t k = 0; k < pictures.known_places.size(); ++k) {
        const align::PointPlace& known = pictures.known_places[k];
        const align::PlanePoint place = align::apply(known_to_query, {known.x, known.y});
        const double scale = scale_of_map * known.scale;
        const bool is_seen = place.x >= 0 && place.y >= 0 && place.x < pictures.query.width &&
                             place.y < pictures.query.height && scale >= kFinest &&
                             scale <= kMaxScale;
        if (!is_seen || (!is_left_out.empty() && is_left_out[k] != 0)) {
            continue;
        }
        const int nearest = nearest_at(pictures, columns, k, place, scale);
        states.seen += 1;
        states.like += nearest <= kLike ? 1 : 0;
        states.unlike += nearest > kUnlike && nearest <= Hash256::kBits ? 1 : 0;
    }
    return states;
}

verdict::PlaceMeasures measure_place(const PlacedPair& pictures,
                                     const align::PicturePlacement& placement,
                                     std::span<const align::PointPair> pairs) {
    verdict::PlaceMeasures measures;
    measures.rarity = std::max(0.0, -placement.log10_chance);
    measures.share = placement.expected_share;
    measures.spread = placement.spread;
    measures.torn = placement.torn_share;
    measures.blank = placement.blank_share;
    measures.overlap_known = placement.overlap_known;
    measures.overlap_query = placement.overlap_query;
    measures.is_perspective = placement.kind == align::MapKind::kPerspective;
    const PointStates states = states_of(pictures, placement.known_to_query, placement.scale);
    const double seen = std::max(1.0, states.seen);
    measures.rarity_of_point = measures.rarity / seen;
    measures.found = states.like / seen;
    measures.unlike = states.unlike / seen;
    measures.lone = lone_share(pictures, placement, pairs);
    measures.cells = measure_cells(pictures.query, pictures.known, placement.known_to_query,
                                   pictures.is_mirrored, pictures.is_film ? kFilmGap : kPictureGap);
    return measures;
}

double agreement_of(const verdict::PlaceMeasures& measures) {
    // Of what can be said to be there or not: a point that the query lost to blur or to its limit
    // of points says neither.
    const double told = measures.found + measures.unlike;
    const double alike = told > 0 ? measures.found / told : 0;
    return std::clamp(alike * (1 - measures.torn), 0.0, 1.0);
}

}  // namespace refrain::evidence
