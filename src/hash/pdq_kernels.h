#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "frame/picture.h"
#include "hash/pdq_stages.h"

namespace refrain::hash {

/// What a kernel works in. It grows to what the largest picture needs and is kept between pictures.
class PdqScratch {
  public:
    /// At least `count` floats on a border of 64 bytes, of any finite values. The earlier ones are
    /// lost.
    [[nodiscard]] float* floats(std::size_t count);

  private:
    struct alignas(64) Line {
        float samples[16] = {};
    };
    std::vector<Line> lines_;
};

/// The steps of PDQ for one instruction set, each bit for bit what its plain twin in
/// hash/pdq_stages.h makes.
///
/// Thread safety: pure functions but for the scratch.
struct PdqKernels {
    const char* name = "";
    /// Luma, both rounds of box filters and decimation in one sweep over the picture.
    ///
    /// @param picture  at least kMinPdqSide pixels a side, and not 64x64
    ///
    /// Memory: sides / 128 + 32 rows of floats, rounded up.
    void (*shrink)(const frame::RgbView& picture,
                   PdqScratch& scratch,
                   DecimatedPicture& out) = nullptr;
    DctBlock (*low_frequencies)(const DecimatedPicture& picture) = nullptr;
    std::uint8_t (*picture_quality)(const DecimatedPicture& picture) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const PdqKernels& pdq_kernels();

/// All kernels that this machine runs: the baseline first, the fastest last.
[[nodiscard]] std::vector<const PdqKernels*> usable_pdq_kernels();

}  // namespace refrain::hash
