#pragma once

#include <cstdint>
#include <vector>

#include "local/plane.h"

/// Codes of small cells of a picture. They are too coarse to show the picture, and fine enough to
/// tell that a digit in it was changed. Source: docs/decisions/0071-cells.md.
namespace refrain::local {

/// Square cells side by side, in the middle of a picture.
struct CellGrid {
    int columns = 0;
    int rows = 0;
    double side = 0;  ///< pixels
    double left = 0;  ///< pixels, of the first column
    double top = 0;   ///< pixels, of the first row
};

/// The grid with so many columns and rows. @param columns, rows  1 or more
[[nodiscard]] CellGrid grid_of(int width, int height, int columns, int rows);

/// The finest grid of at most `most_cells` cells, each of 4 pixels or more.
[[nodiscard]] CellGrid finest_grid(int width, int height, int most_cells);

/// Parts of a cell along a side: nine means describe it.
inline constexpr int kCellParts = 3;

/// What a cell shows of its nine parts.
struct CellLook {
    std::uint8_t order =
        0;                  ///< which of pairs of parts is lighter: 7 bits, or all of them inverted
    std::uint8_t sure = 0;  ///< the bits of pairs that clearly differ
    float contrast = 0;     ///< lightest less darkest part, levels of 0..255
};

/// @param parts  means of the nine parts, row by row
[[nodiscard]] CellLook look_of(const float (&parts)[kCellParts * kCellParts]);

/// How unlike the order of a cell is to what another cell clearly shows, 0..3.5, scaled as if all
/// of its bits were sure. Inverted orders count as the same. Unrelated cells have 2.4 on average;
/// kMostOrderDistance if nothing is sure.
[[nodiscard]] float order_distance(std::uint8_t order, const CellLook& look);

inline constexpr float kMostOrderDistance = 3.5F;

/// How much a cell shows, in a picture of some contrast.
enum class CellDetail : std::uint8_t { kNone = 0, kLittle = 1, kDetail = 2 };

/// The contrasts from which cells show something, of one picture.
struct DetailBounds {
    float little = 0;
    float detail = 0;
    [[nodiscard]] CellDetail of(float contrast) const {
        if (contrast > detail) {
            return CellDetail::kDetail;
        }
        return contrast > little ? CellDetail::kLittle : CellDetail::kNone;
    }
};

/// @param contrasts  of all cells; reordered
[[nodiscard]] DetailBounds detail_bounds(std::vector<float>& contrasts);

/// A cell as it is kept: six bits of its order, inverted where the seventh is set, and its detail.
[[nodiscard]] std::uint8_t packed_cell(std::uint8_t order, CellDetail detail);
[[nodiscard]] std::uint8_t order_of(std::uint8_t cell);
[[nodiscard]] CellDetail detail_of(std::uint8_t cell);

/// The codes of all cells, row by row.
/// Cost: one pass over the plane. Memory: 4 bytes a pixel. Thread safety: pure function.
[[nodiscard]] std::vector<std::uint8_t> cell_codes(const Plane& plane, const CellGrid& grid);

/// The picture shrunk by area means until no side is longer than `most_side`; as it is, if none is.
[[nodiscard]] std::vector<std::uint8_t> shrunk(const Plane& plane,
                                               int most_side,
                                               int& width,
                                               int& height);

}  // namespace refrain::local
