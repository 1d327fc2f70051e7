#include "local/frame_points.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>

#include "frame/picture.h"
#include "local/cell_codes.h"

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

void set_small_luma(const Plane& picture, int most_side, LocalFrame& frame) {
    int width = 0;
    int height = 0;
    frame.luma = shrunk(picture, most_side, width, height);
    frame.luma_width = static_cast<std::uint16_t>(width);
    frame.luma_height = static_cast<std::uint16_t>(height);
}

void set_late(const Plane& working, LocalFrame& frame) {
    frame.width = frame.luma_width = static_cast<std::uint16_t>(working.width());
    frame.height = frame.luma_height = static_cast<std::uint16_t>(working.height());
    frame.points.clear();
    frame.luma.clear();
    frame.luma.reserve(std::size_t{frame.luma_width} * frame.luma_height);
    for (int r = 0; r < working.height(); ++r) {
        frame.luma.insert(frame.luma.end(), working.row(r), working.row(r) + working.width());
    }
}

void read_late_points(std::vector<LocalFrame>& frames,
                      const std::stop_token& stop,
                      std::size_t most_samples) {
    std::optional<Extractor> extractor;
    Features features;
    for (LocalFrame& frame : frames) {
        if (!has_late_points(frame)) {
            continue;
        }
        if (stop.stop_requested() || frame.luma.size() > most_samples) {
            return;
        }
        most_samples -= frame.luma.size();
        if (!extractor) {
            extractor.emplace(kFilmQuery);
        }
        extractor->extract(frame::gray_view(frame.luma.data(), frame.luma_width, frame.luma_height,
                                            frame.luma_width),
                           features);
        // The same as before, unless somebody made the frame up.
        frame.width = static_cast<std::uint16_t>(features.width);
        frame.height = static_cast<std::uint16_t>(features.height);
        frame.points = packed_points(features, static_cast<std::size_t>(kFilmQuery.max_points));
        set_small_luma(extractor->working_picture(), LocalFrame::kMaxLumaSide, frame);
    }
}

}  // namespace refrain::local
