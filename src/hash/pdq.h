#pragma once

#include <cstdint>
#include <optional>

#include "refrain/hash256.h"

#include "frame/picture.h"

namespace refrain::hash {

/// PDQ of one picture.
struct PdqHash {
    Hash256 hash;
    std::uint8_t quality = 0;  ///< 0..100: how much gradient the 64x64 picture has
};

/// PDQ of one picture in all eight dihedral views. `views[0]` is the upright hash.
struct PdqViews {
    DihedralHashes views;
    std::uint8_t quality = 0;
};

/// Pictures with a side below this have no PDQ hash.
inline constexpr int kMinPdqSide = 5;

/// Hashes a picture of at least kMinPdqSide pixels a side; nothing for a smaller one.
///
/// Cost: O(pixels). Memory: two float planes. Thread safety: pure function.
/// Source: Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm".
[[nodiscard]] std::optional<PdqHash> pdq_hash(const frame::RgbView& picture);

/// The same with all eight views from one transform.
[[nodiscard]] std::optional<PdqViews> pdq_views(const frame::RgbView& picture);

}  // namespace refrain::hash
