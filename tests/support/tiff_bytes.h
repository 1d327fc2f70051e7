#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace refrain::test {

/// A little-endian TIFF file of one page, its directory before its pixels.
struct TiffBytes {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::uint16_t bits = 8;
    std::uint16_t samples = 1;
    std::uint16_t sample_format = 1;  ///< 1 unsigned, 2 signed, 3 floating point
    std::uint16_t photometric = 1;    ///< 1 black is zero, 2 RGB
    std::uint16_t compression = 1;
    std::uint32_t rows_per_strip = 0;  ///< 0: one strip
    std::string pixels;                ///< as stored; strips of equal length unless it is one

    [[nodiscard]] std::string bytes() const {
        const std::uint32_t rows = rows_per_strip == 0 ? height : rows_per_strip;
        const std::uint32_t strips = (height + rows - 1) / rows;
        const auto row_bytes = static_cast<std::uint32_t>(pixels.size() / height);
        // Tag, type (3: two bytes, 4: four), value. Strips get their arrays behind the directory.
        std::vector<std::vector<std::uint32_t>> fields = {
            {256, 4, width},        {257, 4, height},      {258, 3, bits},
            {259, 3, compression},  {262, 3, photometric}, {273, 4, 0},
            {277, 3, samples},      {278, 4, rows},        {279, 4, 0},
            {339, 3, sample_format}};
        const auto directory_bytes = static_cast<std::uint32_t>(2 + fields.size() * 12 + 4);
        const std::uint32_t arrays = 8 + directory_bytes;
        const std::uint32_t data = arrays + 2 * strips * 4;
        std::string out = "II*";
        out.push_back('\0');
        put(out, 8, 4);
        put(out, fields.size(), 2);
        for (const auto& field : fields) {
            const bool is_offsets = field[0] == 273;
            const bool is_array = is_offsets || field[0] == 279;
            put(out, field[0], 2);
            put(out, field[1], 2);
            put(out, is_array ? strips : 1, 4);
            if (is_array && strips == 1) {
                put(out, is_offsets ? data : pixels.size(), 4);
            } else {
                put(out, is_array ? arrays + (is_offsets ? 0 : 4 * strips) : field[2], 4);
            }
        }
        put(out, 0, 4);
        for (std::uint32_t strip = 0; strip < strips; ++strip) {
            put(out, data + strip * rows * row_bytes, 4);
        }
        for (std::uint32_t strip = 0; strip < strips; ++strip) {
            put(out, std::min(rows, height - strip * rows) * row_bytes, 4);
        }
        return out + pixels;
    }

  private:
    static void put(std::string& out, std::uint64_t value, int count) {
        for (int i = 0; i < count; ++i) {
            out.push_back(static_cast<char>(value >> (8 * i) & 255U));
        }
    }
};

}  // namespace refrain::test
