#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "frame/picture.h"

namespace refrain::test {

/// Writes a picture as an uncompressed BMP file of 24 bits a pixel.
inline void write_bmp(const std::filesystem::path& path, const frame::RgbImage& image) {
    constexpr std::uint32_t kHeaderBytes = 54;
    const std::size_t row_bytes = (static_cast<std::size_t>(image.width) * 3 + 3) / 4 * 4;
    const std::size_t pixel_bytes = row_bytes * static_cast<std::size_t>(image.height);
    std::string bytes = "BM";
    const auto put = [&bytes](std::size_t value, int count) {
        for (int i = 0; i < count; ++i) {
            bytes.push_back(static_cast<char>((value >> (8 * i)) & 255U));
        }
    };
    put(kHeaderBytes + pixel_bytes, 4);
    put(0, 4);
    put(kHeaderBytes, 4);
    put(40, 4);  // size of the second header
    put(static_cast<std::size_t>(image.width), 4);
    put(static_cast<std::size_t>(image.height), 4);
    put(1, 2);               // planes
    put(24, 2);              // bits a pixel
    bytes.append(24, '\0');  // no compression; sizes, resolutions and palette as they come
    for (int r = image.height - 1; r >= 0; --r) {
        const std::uint8_t* row = image.view().row(r);
        for (std::size_t c = 0; c < static_cast<std::size_t>(image.width); ++c) {
            put(row[3 * c + 2], 1);
            put(row[3 * c + 1], 1);
            put(row[3 * c], 1);
        }
        bytes.resize(bytes.size() + row_bytes - 3 * static_cast<std::size_t>(image.width));
    }
    std::ofstream(path, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace refrain::test
