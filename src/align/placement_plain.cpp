#include "align/placement_plain.h"

#include <array>
#include <numeric>

namespace refrain::align {

std::vector<std::uint32_t> most_rows_plain(std::span<const PairRow> rows) {
    std::vector<std::uint32_t> all(rows.size());
    std::iota(all.begin(), all.end(), 0U);
    const auto places_of = [](const PairRow& row) {
        return PlacePair{{row.known_x, row.known_y}, {row.query_x, row.query_y}, 1};
    };
    std::vector<std::uint32_t> most;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const std::array<PlacePair, 2> both = {places_of(rows[i]), places_of(rows[j])};
            const PlaneMap map = fit_similarity(both);
            if (map[8] == 0) {
                continue;
            }
            std::vector<std::uint32_t> agreeing = rows_on(rows, all, map);
            if (agreeing.size() > most.size()) {
                most = std::move(agreeing);
            }
        }
    }
    return most;
}

}  // namespace refrain::align
