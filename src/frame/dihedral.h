#pragma once

#include <array>
#include <compare>
#include <cstddef>

#include "refrain/hash256.h"

namespace refrain::frame {

/// A place in a picture, counted from the top left corner. The unit is the caller's: samples,
/// pixels, or shares of a side.
template <typename Number>
struct Place {
    Number x{};  ///< to the right
    Number y{};  ///< down

    friend bool operator==(const Place&, const Place&) = default;
};

/// One of the eight ways to lay a rectangle on itself (the dihedral group of order 8), as up to
/// three steps. The default is the way that changes nothing.
///
/// `DihedralView` gives the same eight ways their public names and their order; `dihedral_of` and
/// `view` translate. EXIF and containers describe them by the same three steps.
///
/// Example: a quarter turn clockwise is {.transposes = true, .flips_x = true}.
/// Thread safety: an immutable value of three bytes. All functions are pure and cost a few cycles.
struct Dihedral {
    bool transposes = false;  ///< first: rows become columns
    bool flips_x = false;     ///< then: left and right change places
    bool flips_y = false;     ///< and: top and bottom change places

    /// Whether writing comes out as in a mirror, perhaps turned as well.
    [[nodiscard]] constexpr bool is_mirroring() const { return transposes != (flips_x != flips_y); }
    /// Whether it changes nothing.
    [[nodiscard]] constexpr bool is_upright() const { return !transposes && !flips_x && !flips_y; }

    /// How many quarter turns clockwise it makes, 0..3. A way that is mirroring exchanges left and
    /// right first and turns after that.
    [[nodiscard]] constexpr int clockwise_quarters() const {
        if (transposes) {
            return flips_x ? 1 : 3;
        }
        return flips_y ? 2 : 0;
    }

    /// The public name.
    [[nodiscard]] constexpr DihedralView view() const {
        using enum DihedralView;
        constexpr std::array<DihedralView, kDihedralViews> kViews{
            kOriginal, kFlipY, kFlipX, kRotate180, kFlipPlus1, kRotate270, kRotate90, kFlipMinus1};
        return kViews[(transposes ? 4U : 0U) + (flips_y ? 2U : 0U) + (flips_x ? 1U : 0U)];
    }

    friend constexpr bool operator==(const Dihedral&, const Dihedral&) = default;
    /// In the order of DihedralView.
    friend constexpr std::strong_ordering operator<=>(const Dihedral& a, const Dihedral& b) {
        return a.view() <=> b.view();
    }
};

/// All eight ways, at the index of their DihedralView.
inline constexpr std::array<Dihedral, kDihedralViews> kDihedrals{{
    {false, false, false},  // kOriginal
    {true, false, true},    // kRotate90, counter-clockwise
    {false, true, true},    // kRotate180
    {true, true, false},    // kRotate270
    {false, false, true},   // kFlipX, upside down
    {false, true, false},   // kFlipY, left and right exchanged
    {true, false, false},   // kFlipPlus1
    {true, true, true},     // kFlipMinus1
}};

/// The way with a public name.
[[nodiscard]] constexpr Dihedral dihedral_of(DihedralView view) {
    return kDihedrals[static_cast<std::size_t>(view)];
}

/// The way that has the effect of `first` and, after it, of `second`.
[[nodiscard]] constexpr Dihedral compose(const Dihedral& first, const Dihedral& second) {
    // A transposition exchanges the two flips that were made before it.
    return {first.transposes != second.transposes,
            second.flips_x != (second.transposes ? first.flips_y : first.flips_x),
            second.flips_y != (second.transposes ? first.flips_x : first.flips_y)};
}

/// The way that undoes another.
[[nodiscard]] constexpr Dihedral inverse(const Dihedral& way) {
    return {way.transposes, way.transposes ? way.flips_y : way.flips_x,
            way.transposes ? way.flips_x : way.flips_y};
}

/// Where a place of a picture comes to lie.
///
/// @param far  the corner of the picture opposite to (0, 0): {1, 1} for shares of its sides,
///             {width - 1, height - 1} for samples
template <typename Number>
[[nodiscard]] constexpr Place<Number> apply(const Dihedral& way,
                                            Place<Number> at,
                                            Place<Number> far) {
    if (way.transposes) {
        at = {at.y, at.x};
        far = {far.y, far.x};
    }
    return {way.flips_x ? far.x - at.x : at.x, way.flips_y ? far.y - at.y : at.y};
}

/// In which order the packed samples of a picture are read to lay it another way: sample (row r,
/// column c) of the result is sample `start + r * per_row + c * per_column` of the picture.
struct ReadOrder {
    std::ptrdiff_t start = 0;
    std::ptrdiff_t per_row = 0;
    std::ptrdiff_t per_column = 0;
};

/// @param width, height  of the picture as it lies, samples, >= 1
[[nodiscard]] constexpr ReadOrder read_order(const Dihedral& way,
                                             std::ptrdiff_t width,
                                             std::ptrdiff_t height) {
    const Dihedral back = inverse(way);
    const Place<std::ptrdiff_t> far{(way.transposes ? height : width) - 1,
                                    (way.transposes ? width : height) - 1};
    const auto source = [&](std::ptrdiff_t x, std::ptrdiff_t y) {
        const Place<std::ptrdiff_t> from = apply(back, {x, y}, far);
        return from.y * width + from.x;
    };
    const std::ptrdiff_t start = source(0, 0);
    return {start, source(0, 1) - start, source(1, 0) - start};
}

}  // namespace refrain::frame
