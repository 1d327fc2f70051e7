#pragma once

#include <compare>

#include "frame/dihedral.h"

namespace refrain::evidence {

/// How a query is looked at: turned or mirrored, and as it is or as its negative. The default is
/// the query as it is.
///
/// A negative needs no transform of its own. All of its frequencies but the mean change their sign,
/// and PDQ compares them with their median, so its code is the complement.
///
/// Thread safety: an immutable value.
struct QueryView {
    frame::Dihedral dihedral;
    bool is_negative = false;

    [[nodiscard]] constexpr bool is_mirrored() const { return dihedral.is_mirroring(); }

    friend constexpr bool operator==(const QueryView&, const QueryView&) = default;
    /// In the order of DihedralView, the negatives last.
    friend constexpr std::strong_ordering operator<=>(const QueryView& a, const QueryView& b) {
        return a.is_negative != b.is_negative ? a.is_negative <=> b.is_negative
                                              : a.dihedral <=> b.dihedral;
    }
};

/// The view that exchanges left and right and nothing else, or leaves the query as it is; of the
/// query or of its negative.
[[nodiscard]] constexpr QueryView plain_view(bool is_mirrored, bool is_negative = false) {
    return {{.flips_x = is_mirrored}, is_negative};
}

}  // namespace refrain::evidence
