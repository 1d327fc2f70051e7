#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "refrain/hash256.h"
#include "refrain/pdq.h"

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

inline constexpr int kDecimatedSide = 64;
/// 64x64 samples, row-major: what is left of a picture before the transform.
using DecimatedPicture =
    std::array<float, static_cast<std::size_t>(kDecimatedSide) * kDecimatedSide>;

/// Everything after decimation: hash and quality, upright or in all eight views.
///
/// Thread safety: pure functions.
[[nodiscard]] PdqHash hash_of(const DecimatedPicture& picture);
[[nodiscard]] PdqViews views_of(const DecimatedPicture& picture);

class PdqScratch;

/// Hashes pictures one after the other with the fastest kernels of the machine, bit for bit as
/// published, and keeps what it works in.
///
/// Cost: one sweep over the pixels, no allocation unless a picture needs more than all before it.
/// Memory: sides / 128 + 32 rows of floats. Thread safety: one thread at a time.
/// Source: Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm";
/// docs/decisions/0060-pdq-kernels.md.
class PdqHasher {
  public:
    PdqHasher();
    ~PdqHasher();
    PdqHasher(PdqHasher&& other) noexcept;
    PdqHasher& operator=(PdqHasher&& other) noexcept;
    PdqHasher(const PdqHasher&) = delete;
    PdqHasher& operator=(const PdqHasher&) = delete;

    /// Of a picture of at least kMinPdqSide pixels a side; nothing for a smaller one.
    [[nodiscard]] std::optional<PdqHash> hash(const frame::RgbView& picture);
    /// The same with all eight views from one transform.
    [[nodiscard]] std::optional<PdqViews> views(const frame::RgbView& picture);

  private:
    [[nodiscard]] std::optional<DecimatedPicture> decimated(const frame::RgbView& picture);

    std::unique_ptr<PdqScratch> scratch_;
};

/// Hashes a single picture; see PdqHasher.
[[nodiscard]] std::optional<PdqHash> pdq_hash(const frame::RgbView& picture);
[[nodiscard]] std::optional<PdqViews> pdq_views(const frame::RgbView& picture);

}  // namespace refrain::hash
