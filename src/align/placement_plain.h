#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "align/pair_table.h"

namespace refrain::align {

/// The plain twin of the search: of the similarities that any two pairs fix, the rows that agree
/// with the one that has most. Cost: O(rows^3).
[[nodiscard]] std::vector<std::uint32_t> most_rows_plain(std::span<const PairRow> rows);

}  // namespace refrain::align
