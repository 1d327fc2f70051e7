#include "align/picture_match.h"

#include <algorithm>

#include "align/pair_table.h"
#include "align/placement_search.h"
#include "align/placement_view.h"

namespace refrain::align {

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
    const PairScene scene{pairs, known, query, known_size, query_size};
    const std::vector<PairRow> rows = make_pair_table(scene, options.max_pairs);
    std::vector<bool> is_free(rows.size(), true);
    for (int i = 0; i < options.max_placements; ++i) {
        const FoundMap found = find_map(rows, is_free, scene, options);
        if (found.support.rows.empty() || found.log10_chance > options.max_log10_chance) {
            break;
        }
        placements.push_back(describe_placement(scene, rows, found));
        for (const std::uint32_t row : found.support.rows) {
            is_free[row] = false;
        }
    }
    std::stable_sort(placements.begin(), placements.end(),
                     [](const PicturePlacement& a, const PicturePlacement& b) {
                         return a.log10_chance < b.log10_chance;
                     });
    return placements;
}

double placement_score(const PicturePlacement& placement) {
    return std::max(0.0, -placement.log10_chance);
}

}  // namespace refrain::align
