#include "media/png_salvage.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace refrain::media {
namespace {

constexpr std::size_t kSignatureBytes = 8;
constexpr std::size_t kHeadBytes = 8;  // length and name of a chunk
constexpr std::size_t kSumBytes = 4;

/// Calls `take(name, content)` with each chunk, the last one as far as it goes.
template <typename Take>
void each_chunk(std::span<const std::byte> file, const Take& take) {
    std::size_t offset = kSignatureBytes;
    while (offset < file.size() && file.size() - offset > kHeadBytes) {
        std::uint64_t length = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            length = length << 8U | static_cast<std::uint8_t>(file[offset + i]);
        }
        const std::string_view name(reinterpret_cast<const char*>(file.data()) + offset + 4, 4);
        const std::size_t start = offset + kHeadBytes;
        const auto there =
            static_cast<std::size_t>(std::min<std::uint64_t>(length, file.size() - start));
        take(name, file.subspan(start, there));
        offset = start + there + kSumBytes;
    }
}

void put_chunk(std::vector<std::byte>& out,
               std::string_view name,
               std::span<const std::byte> content) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        out.push_back(static_cast<std::byte>(content.size() >> shift & 255U));
    }
    const auto letters = std::as_bytes(std::span(name));
    out.insert(out.end(), letters.begin(), letters.end());
    out.insert(out.end(), content.begin(), content.end());
    out.insert(out.end(), kSumBytes, std::byte{0});
}

}  // namespace

std::size_t png_pixel_bytes(std::span<const std::byte> file) {
    std::size_t bytes = 0;
    each_chunk(file, [&bytes](std::string_view name, std::span<const std::byte> content) {
        bytes += name == "IDAT" ? content.size() : 0;
    });
    return bytes;
}

std::vector<std::byte> png_prefix(std::span<const std::byte> file, std::size_t pixel_bytes) {
    const auto signature = file.first(std::min(kSignatureBytes, file.size()));
    std::vector<std::byte> out(signature.begin(), signature.end());
    bool is_in_pixels = false;
    each_chunk(file, [&](std::string_view name, std::span<const std::byte> content) {
        const bool is_pixels = name == "IDAT";
        is_in_pixels = is_in_pixels || is_pixels;
        if (is_in_pixels != is_pixels || pixel_bytes == 0) {
            return;  // what follows the pixels is not needed to show them
        }
        const std::size_t size = is_pixels ? std::min(content.size(), pixel_bytes) : content.size();
        pixel_bytes -= is_pixels ? size : 0;
        put_chunk(out, name, content.first(size));
    });
    put_chunk(out, "IEND", {});
    return out;
}

}  // namespace refrain::media
