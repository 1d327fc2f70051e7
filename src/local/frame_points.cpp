#include "local/frame_points.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>

#include "frame/picture.h"

namespace refrain::local {

namespace {

std::uint16_t in_units(float value, int side) {
    const long units = std::lround(value * LocalPoint::kPositionUnits);
    return static_cast<std::uint16_t>(
        std::clamp(units, 0L, static_cast<long>(side) * LocalPoint::kPositionUnits));
}

LocalPoint packed(const Point& point, const Features& features) {
    LocalPoint result;
    result.x = in_units(point.x, features.width);
    result.y = in_units(point.y, features.height);
    const long scale = std::lround(std::log2(point.scale) * LocalPoint::kScaleUnits);
    result.scale = static_cast<std::uint8_t>(std::clamp(scale, 0L, 255L));
    const double turns = point.angle / (2 * std::numbers::pi);
    const long angle = std::lround(turns * LocalPoint::kAngleUnits);
    result.angle = static_cast<std::uint8_t>(angle % LocalPoint::kAngleUnits);
    result.code = point.code;
    return result;
}

/// Takes points from the picture that they were found in to one of another size.
void resize(int width, int height, Features& features) {
    const float across = static_cast<float>(width) / static_cast<float>(features.width);
    const float down = static_cast<float>(height) / static_cast<float>(features.height);
    for (Point& point : features.points) {
        point.x *= across;
        point.y *= down;
        point.scale = std::max(1.0F, point.scale * std::sqrt(across * down));
    }
    features.width = width;
    features.height = height;
}

}  // namespace

std::vector<LocalPoint> packed_points(const Features& features, std::size_t most) {
    const std::size_t count = std::min(most, features.points.size());
    std::vector<LocalPoint> points;
    points.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        points.push_back(packed(features.points[i], features));
    }
    return points;
}

void read_late_points(std::vector<LocalFrame>& frames) {
    std::optional<Extractor> extractor;
    Features features;
    for (LocalFrame& frame : frames) {
        if (!has_late_points(frame)) {
            continue;
        }
        if (!extractor) {
            extractor.emplace(ExtractOptions{LocalFrame::kMaxLumaSide, kFilmQueryPoints});
        }
        extractor->extract(frame::gray_view(frame.luma.data(), frame.luma_width, frame.luma_height,
                                            frame.luma_width),
                           features);
        if (features.width > 0 && features.height > 0) {
            resize(frame.width, frame.height, features);
            frame.points = packed_points(features, kFilmQueryPoints);
        }
    }
}

}  // namespace refrain::local
