#pragma once

#include <cstddef>
#include <cstdint>

#include "refrain/api.h"
#include "refrain/hash256.h"
#include "refrain/result.h"

namespace refrain {

/// A picture of packed 8-bit R, G, B (full range), rows from the top. Row r begins at
/// `data + r * stride_bytes` and holds 3 * width bytes.
///
/// Lifetime: borrows the pixels, which must stay as they are during the call.
struct RgbPixels {
    const std::uint8_t* data = nullptr;
    int width = 0;                    ///< pixels
    int height = 0;                   ///< pixels
    std::ptrdiff_t stride_bytes = 0;  ///< negative where rows lie in memory from the bottom up
};

/// The PDQ code of one picture. Thread safety: a value.
struct PdqCode {
    Hash256 hash;
    std::uint8_t quality = 0;  ///< 0..100: how much detail the picture has

    friend bool operator==(const PdqCode&, const PdqCode&) = default;
};

/// Pictures with a side below this have no PDQ code.
inline constexpr int kMinPdqSide = 5;

/// The PDQ code of a picture that is decoded already, bit for bit as published.
///
/// @error kInvalidArgument  no pixels, or a side below kMinPdqSide
///
/// Cost: one sweep over the pixels. Memory: sides / 128 + 32 rows of floats. Thread safety: pure
/// function.
/// Source: Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm".
///
///     RgbPixels picture{pixels.data(), 640, 480, 3 * 640};
///     const Result<PdqCode> code = pdq_of_pixels(picture);
///     std::cout << to_hex(code->hash) << ',' << int{code->quality} << '\n';
[[nodiscard]] REFRAIN_API Result<PdqCode> pdq_of_pixels(const RgbPixels& picture);

}  // namespace refrain
