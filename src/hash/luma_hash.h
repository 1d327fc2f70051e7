#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "frame/picture.h"
#include "hash/pdq.h"
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

/// `area_means` of a picture that has a hash: nothing below kMinPdqSide. `hash_of` and `views_of`
/// turn it into bits.
[[nodiscard]] std::optional<DecimatedPicture> luma_picture(const frame::LumaView& luma);

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
