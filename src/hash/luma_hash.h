#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "frame/cell_sums.h"
#include "frame/picture.h"
#include "hash/pdq_hash.h"
#include "hash/pdq_stages.h"

namespace refrain::hash {

/// The 64x64 picture of PDQ made from a decoder's luma plane by plain area means, upright, 0..255
/// full range.
///
/// PDQ blurs with a tent as wide as a cell of the 64x64 grid and samples it; the mean over the cell
/// differs by little (docs/decisions/0020-luma-hash.md says how many bits) and reads each sample
/// once. Interlacing and pixel shape do not matter to it. Sides of 1 or more; smaller than 64,
/// samples are repeated.
///
/// Cost: one pass over the plane. Thread safety: pure function.
[[nodiscard]] DecimatedPicture area_means(const frame::LumaView& luma);

/// The slow and plain twin of `area_means`, in double precision.
[[nodiscard]] DecimatedPicture area_means_plain(const frame::LumaView& luma);

/// What is left of a PDQ quality where the frequencies that make the bits hold next to nothing of
/// the picture, as in fine and regular patterns: their bits say how the pattern meets the border,
/// not what it is, and those of unrelated patterns may be equal. Ordinary pictures keep theirs.
///
/// Cost: one transform. Thread safety: pure function.
/// Source: docs/decisions/0020-luma-hash.md.
[[nodiscard]] std::uint8_t quality_of_bits(const DecimatedPicture& picture, std::uint8_t quality);

/// Area means of frames one after the other; keeps what it works in. `hash_of` and `views_of` turn
/// them into bits.
///
/// Cost: one pass over the plane, no allocation unless a plane is wider than all before it.
/// Memory: a row of sums. Thread safety: one thread at a time.
class LumaShrinker {
  public:
    /// As `area_means`.
    [[nodiscard]] DecimatedPicture means(const frame::LumaView& luma);
    /// Whether it is large enough for a hash: kMinPdqSide on both sides.
    [[nodiscard]] static bool has_hash(const frame::LumaView& luma);
    /// The same of a picture that has a hash: nothing below kMinPdqSide.
    [[nodiscard]] std::optional<DecimatedPicture> shrink(const frame::LumaView& luma);

  private:
    frame::CellSums sums_;
};

/// Makes the luma plane of pictures that have none.
///
/// Thread safety: one thread at a time. Memory: one plane.
class LumaConverter {
  public:
    /// Rec. 601 luma, full range. Valid until the next call.
    [[nodiscard]] frame::LumaView convert(const frame::RgbView& picture);

  private:
    std::vector<std::uint8_t> plane_;
};

}  // namespace refrain::hash
