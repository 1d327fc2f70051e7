// Writes the local features of pictures, or the samples around them, for research in other
// languages. Takes `local_points points|patches MAX_SIDE MAX_POINTS`; reads from standard input any
// number of pictures, each two 32-bit integers, width and height, and that many grey samples. For
// each it writes three 32-bit integers, width and height of the working picture and the number of
// points, and for each point x, y, scale, angle as 32-bit floats and 32 bytes of code. `patches`
// adds, for each of three blurs, the samples at the places (u, v) of the frame of the point, 41 by
// 41 of them, u changing fastest, that binary_code would look at in that direction.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numbers>
#include <vector>

#include "frame/picture.h"
#include "local/binary_code.h"
#include "local/local_features.h"
#include "local/plane.h"
#include "local/working_picture.h"

namespace {

using namespace refrain;  // NOLINT(google-build-using-namespace): a program of one file

constexpr int kPatchReach = 20;

void put(const void* data, std::size_t bytes) {
    if (std::fwrite(data, 1, bytes, stdout) != bytes) {
        std::exit(1);
    }
}

bool get(void* data, std::size_t bytes) { return std::fread(data, 1, bytes, stdin) == bytes; }

struct Levels {
    std::vector<local::Plane> planes;
    std::vector<local::BlurredLevel> blurred;
};

/// The pyramid that the extractor builds.
Levels levels_of(const frame::LumaView& luma, int max_side) {
    Levels levels;
    local::Plane first;
    local::WorkingPicture().make(luma, max_side, first);
    first.mirror_margin();
    const int width = first.width();
    const int height = first.height();
    levels.planes.push_back(std::move(first));
    double scale = 1.2;
    for (int i = 1; i < 12; ++i, scale *= 1.2) {
        const auto w = static_cast<int>(std::lround(width / scale));
        const auto h = static_cast<int>(std::lround(height / scale));
        if (std::min(w, h) < 28) {
            break;
        }
        local::Plane next;
        local::resample(levels.planes.back(), w, h, next);
        levels.planes.push_back(std::move(next));
    }
    for (const local::Plane& plane : levels.planes) {
        local::BlurredLevel level;
        local::blur(plane, 1, level[0]);
        local::blur(level[0], 2, level[1]);
        local::blur(level[1], 4, level[2]);
        levels.blurred.push_back(std::move(level));
    }
    return levels;
}

void put_patch(const Levels& levels, const local::Features& features, const local::Point& point) {
    const auto index = static_cast<std::size_t>(std::lround(std::log(point.scale) / std::log(1.2)));
    const local::BlurredLevel& level = levels.blurred[index];
    const int x = static_cast<int>(std::lround(point.x * static_cast<float>(level[0].width()) /
                                                   static_cast<float>(features.width) -
                                               0.5F));
    const int y = static_cast<int>(std::lround(point.y * static_cast<float>(level[0].height()) /
                                                   static_cast<float>(features.height) -
                                               0.5F));
    const double step = std::round(point.angle / (2 * std::numbers::pi) * 64);
    const double cosine = std::cos(2 * std::numbers::pi * step / 64);
    const double sine = std::sin(2 * std::numbers::pi * step / 64);
    std::vector<std::uint8_t> patch;
    for (const local::Plane& plane : level) {
        for (int v = -kPatchReach; v <= kPatchReach; ++v) {
            for (int u = -kPatchReach; u <= kPatchReach; ++u) {
                const bool is_near = u * u + v * v <= kPatchReach * kPatchReach;
                const auto dx = static_cast<int>(std::lround(cosine * u - sine * v));
                const auto dy = static_cast<int>(std::lround(sine * u + cosine * v));
                patch.push_back(is_near ? plane.row(y + dy)[x + dx] : std::uint8_t{0});
            }
        }
    }
    put(patch.data(), patch.size());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: local_points points|patches MAX_SIDE MAX_POINTS < pictures\n", stderr);
        return 2;
    }
    const bool with_patches = std::strcmp(argv[1], "patches") == 0;
    local::ExtractOptions options;
    options.max_side = std::atoi(argv[2]);    // NOLINT(cert-err34-c): a tool for research
    options.max_points = std::atoi(argv[3]);  // NOLINT(cert-err34-c)
    local::Extractor extractor(options);
    local::Features features;
    std::vector<std::uint8_t> samples;
    std::int32_t sides[2];
    while (get(sides, sizeof sides)) {
        samples.resize(static_cast<std::size_t>(sides[0]) * static_cast<std::size_t>(sides[1]));
        if (!get(samples.data(), samples.size())) {
            return 1;
        }
        frame::LumaView luma;
        luma.data = samples.data();
        luma.width = sides[0];
        luma.height = sides[1];
        luma.stride_bytes = sides[0];
        luma.is_full_range = true;
        extractor.extract(luma, features);
        const std::int32_t head[3] = {features.width, features.height,
                                      static_cast<std::int32_t>(features.points.size())};
        put(head, sizeof head);
        const Levels levels = with_patches ? levels_of(luma, options.max_side) : Levels{};
        for (const local::Point& point : features.points) {
            const float numbers[4] = {point.x, point.y, point.scale, point.angle};
            put(numbers, sizeof numbers);
            put(point.code.words.data(), 32);
            if (with_patches) {
                put_patch(levels, features, point);
            }
        }
        std::fflush(stdout);
    }
    return 0;
}
