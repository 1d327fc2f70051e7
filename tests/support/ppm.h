#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "frame/picture.h"

namespace refrain::test {

/// Reads a binary PPM with 255 levels and no comments; nothing when it is not one.
inline std::optional<frame::RgbImage> read_ppm(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string magic;
    int levels = 0;
    frame::RgbImage image;
    file >> magic >> image.width >> image.height >> levels;
    if (!file || magic != "P6" || levels != 255 || image.width <= 0 || image.height <= 0) {
        return std::nullopt;
    }
    file.get();
    image.pixels.resize(std::size_t{3} * static_cast<std::size_t>(image.width) *
                        static_cast<std::size_t>(image.height));
    file.read(reinterpret_cast<char*>(image.pixels.data()),
              static_cast<std::streamsize>(image.pixels.size()));
    if (!file) {
        return std::nullopt;
    }
    return image;
}

}  // namespace refrain::test
