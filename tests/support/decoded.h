#pragma once

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "refrain/limits.h"
#include "refrain/result.h"

#include "frame/picture.h"
#include "media/frame_reader.h"

namespace refrain::test {

/// All that decoding a medium gave.
struct Decoded {
    media::StreamInfo info;
    std::vector<frame::FrameHeader> frames;
    std::vector<frame::RgbImage> pictures;  ///< of every frame, if they were asked for
    DecodeReport report;
};

enum class Pictures { kNone, kFirst, kAll };

inline frame::RgbImage copy_of(const frame::RgbView& view) {
    frame::RgbImage image{view.width, view.height, {}};
    for (int row = 0; row < view.height; ++row) {
        image.pixels.insert(image.pixels.end(), view.row(row), view.row(row) + 3 * view.width);
    }
    return image;
}

inline Result<Decoded> decode_file(const std::filesystem::path& path,
                                   Pictures pictures = Pictures::kFirst,
                                   const media::ReaderOptions& options = {}) {
    const Result<media::ByteSource> source = media::ByteSource::open_file(path, options.limits);
    if (!source) {
        return source.error();
    }
    const auto reader = media::open_frames(*source, options);
    if (!reader) {
        return reader.error();
    }
    Decoded decoded;
    decoded.info = (*reader)->info();
    while (true) {
        const auto header = (*reader)->next();
        if (!header) {
            return header.error();
        }
        if (!*header) {
            break;
        }
        const bool wants =
            pictures == Pictures::kAll || (pictures == Pictures::kFirst && decoded.frames.empty());
        decoded.frames.push_back(**header);
        if (wants) {
            const auto picture = (*reader)->picture();
            if (!picture) {
                return picture.error();
            }
            decoded.pictures.push_back(copy_of(*picture));
        }
    }
    decoded.report = (*reader)->report();
    return decoded;
}

/// Mean absolute difference of two pictures of one size, per channel, 0..255; 255 for two sizes.
inline double mean_error(const frame::RgbImage& a, const frame::RgbImage& b) {
    if (a.width != b.width || a.height != b.height || a.pixels.size() != b.pixels.size()) {
        return 255.0;
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        sum += std::abs(static_cast<int>(a.pixels[i]) - static_cast<int>(b.pixels[i]));
    }
    return sum / static_cast<double>(a.pixels.size());
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace refrain::test
