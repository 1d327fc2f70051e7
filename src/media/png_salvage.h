#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace refrain::media {

/// Bytes of compressed pixels in a PNG file, as far as it goes; 0 where it has none.
[[nodiscard]] std::size_t png_pixel_bytes(std::span<const std::byte> file);

/// A PNG file of the first `pixel_bytes` bytes of the compressed pixels of `file`, with what stands
/// before them and an end, its checksums left out: lenient decoders show the upper rows of it.
[[nodiscard]] std::vector<std::byte> png_prefix(std::span<const std::byte> file,
                                                std::size_t pixel_bytes);

}  // namespace refrain::media
