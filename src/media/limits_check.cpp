#include "media/limits_check.h"

#include <spdlog/fmt/fmt.h>

namespace refrain::media {

Result<void> check_picture_size(std::int64_t width,
                                std::int64_t height,
                                unsigned bytes_per_pixel,
                                const Limits& limits) {
    if (width <= 0 || height <= 0) {
        return Error{ErrorCode::kCorrupt, fmt::format("picture of {}x{} pixels", width, height)};
    }
    const auto w = static_cast<std::uint64_t>(width);
    const auto h = static_cast<std::uint64_t>(height);
    if (w > limits.max_side || h > limits.max_side) {
        return Error{ErrorCode::kTooLarge,
                     fmt::format("picture of {}x{} pixels, over the limit of {} a side", w, h,
                                 limits.max_side)};
    }
    // Both sides fit into 32 bits now, so their product cannot overflow.
    const std::uint64_t pixels = w * h;
    if (pixels > limits.max_pixels) {
        return Error{ErrorCode::kTooLarge,
                     fmt::format("picture of {}x{} pixels, over the limit of {} pixels", w, h,
                                 limits.max_pixels)};
    }
    if (pixels > limits.max_memory_bytes / bytes_per_pixel) {
        return Error{ErrorCode::kTooLarge,
                     fmt::format("picture of {}x{} pixels needs {} bytes, over the limit of {}", w,
                                 h, pixels * bytes_per_pixel, limits.max_memory_bytes)};
    }
    return {};
}

}  // namespace refrain::media
