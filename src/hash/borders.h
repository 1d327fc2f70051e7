#pragma once

#include <optional>

#include "frame/picture.h"

namespace refrain::hash {

/// A part of a picture in whole samples, as stored: right and bottom are the first ones outside.
struct Box {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;

    friend bool operator==(const Box&, const Box&) = default;
};

/// The picture inside bars or a frame of one colour around it, if there are any worth removing:
/// at least kMinBorder of a side, and not so much that little is left.
///
/// Looks at luma alone: a side's border is the run of rows or columns whose samples are nearly all
/// within kFlatness of the outermost row's or column's mean. Sides may differ.
///
/// Cost: the border's samples. Thread safety: pure function.
/// Source: docs/decisions/0022-borders.md.
[[nodiscard]] std::optional<Box> picture_inside_borders(const frame::LumaView& luma);

inline constexpr double kMinBorder = 0.012;  ///< of the side, both borders together
inline constexpr double kMinInside = 0.25;   ///< of the side that must be left
inline constexpr int kFlatness = 14;         ///< 8-bit levels

/// Where a box of a luma plane as stored lies in the same picture as shown: upright, of any size.
///
/// @param shown  of at least one pixel a side
[[nodiscard]] Box shown_box(const Box& box,
                            const frame::LumaView& stored,
                            const frame::RgbView& shown);

/// That part of a picture. Borrows the same samples.
[[nodiscard]] frame::LumaView cropped(const frame::LumaView& luma, const Box& box);
[[nodiscard]] frame::RgbView cropped(const frame::RgbView& picture, const Box& box);

}  // namespace refrain::hash
