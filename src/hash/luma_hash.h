#pragma once

#include <optional>

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

/// PDQ's transform and bits on `area_means`; nothing below kMinPdqSide.
[[nodiscard]] std::optional<PdqHash> luma_hash(const frame::LumaView& luma);

/// The same with all eight views.
[[nodiscard]] std::optional<PdqViews> luma_views(const frame::LumaView& luma);

}  // namespace refrain::hash
