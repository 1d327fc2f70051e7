#include "media/turn.h"

#include <optional>

#include <opencv2/core.hpp>
#include <spdlog/fmt/fmt.h>

namespace refrain::media {
namespace {

/// OpenCV's code for a reflection; nothing where there is none.
std::optional<int> flip_code(const frame::Dihedral& orientation) {
    if (orientation.flips_x && orientation.flips_y) {
        return -1;
    }
    if (orientation.flips_x) {
        return 1;
    }
    return orientation.flips_y ? std::optional<int>(0) : std::nullopt;
}

}  // namespace

Result<frame::RgbView> turned(const frame::RgbImage& stored,
                              const frame::Dihedral& orientation,
                              frame::RgbImage& scratch) {
    if (orientation.is_upright()) {
        return stored.view();
    }
    scratch.width = orientation.transposes ? stored.height : stored.width;
    scratch.height = orientation.transposes ? stored.width : stored.height;
    scratch.pixels.resize(static_cast<std::size_t>(scratch.width) *
                          static_cast<std::size_t>(scratch.height) * 3);
    try {
        // OpenCV has no read-only view; `source` is only read.
        const cv::Mat source(
            stored.height, stored.width, CV_8UC3,
            const_cast<std::uint8_t*>(
                stored.pixels.data()));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
        cv::Mat target(scratch.height, scratch.width, CV_8UC3, scratch.pixels.data());
        const std::optional<int> flip = flip_code(orientation);
        if (!orientation.transposes) {
            cv::flip(source, target, *flip);
        } else {
            cv::transpose(source, target);
            if (flip) {
                cv::flip(target, target, *flip);
            }
        }
    } catch (const cv::Exception& failure) {
        return Error{ErrorCode::kInternal,
                     fmt::format("OpenCV cannot turn a picture: {}", failure.err)};
    }
    return scratch.view();
}

}  // namespace refrain::media
