#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "refrain/result.h"
#include "refrain/verdict.h"

#include "frame/picture.h"

namespace refrain::explain {

/// One half of the picture of a match.
struct Panel {
    const frame::RgbImage* picture = nullptr;  ///< null: there is none to show
    std::string problem;                       ///< why
    std::string caption;
};

/// What `draw` makes a picture of.
struct Sheet {
    std::vector<std::string> lines;  ///< above both halves
    Panel query;
    Panel known;
    std::array<PicturePoint, 4> outline;  ///< the known picture's corners in the query's
    std::span<const PointMatch> points;
    bool is_revealed = false;  ///< else both pictures are blurred and grey
};

/// Size and places on a sheet, in pixels.
inline constexpr int kMargin = 12;
inline constexpr int kLineHeight = 22;
inline constexpr int kEmptyHeight = 360;  ///< of a half without a picture

/// Draws query and known picture side by side. Where the picture is not shown, its half is grey and
/// says why. The known picture's outline is green in both, the query's in the known one orange,
/// with a disc at its top left corner. Texts show `?` for what is not printable ASCII and end at
/// the edge.
///
/// The sheet is 3 kMargin + 2 `side` wide, and as high as its lines, a caption and the higher of
/// both halves with a margin below.
///
/// @error kInternal
[[nodiscard]] Result<frame::RgbImage> draw(const Sheet& sheet, int side);

}  // namespace refrain::explain
