#include "media/shown_pictures.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "media/ffmpeg_handles.h"
#include "media/medium_parts.h"

namespace refrain::media {

namespace {

std::string problem_of(const Error& error) {
    return std::string(error_code_name(error.code)) + ": " + error.message;
}

Result<std::unique_ptr<FrameReader>> open_part_of(const ByteSource& source,
                                                  std::optional<std::uint32_t> part,
                                                  const ReaderOptions& options) {
    if (!part) {
        return open_frames(source, options);
    }
    Result<MediumPlan> plan = plan_parts(source, options);
    if (!plan) {
        return plan.error();
    }
    const auto one =
        std::find_if(plan->parts.begin(), plan->parts.end(),
                     [part](const PartPlan& listed) { return listed.part.index == *part; });
    if (one == plan->parts.end()) {
        return Error{ErrorCode::kNoVisualStream,
                     "part " + std::to_string(*part) + " is not in the file"};
    }
    if (one == plan->parts.begin() && plan->opened) {
        return std::move(plan->opened);
    }
    plan->opened.reset();  // one reader at a time
    return open_part(source, *one, options);
}

}  // namespace

Result<frame::RgbImage> fit(const frame::RgbView& picture, int side) {
    const double scale = static_cast<double>(side) / std::max(picture.width, picture.height);
    const auto fitted = [&](int length) {
        return std::clamp(static_cast<int>(std::lround(length * scale)), 1, side);
    };
    frame::RgbImage out{fitted(picture.width), fitted(picture.height), {}};
    if (out.width == picture.width && out.height == picture.height) {
        return frame::packed_copy(picture);
    }
    const int way = (scale < 1 ? SWS_AREA : SWS_BILINEAR) | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP |
                    SWS_FULL_CHR_H_INT;
    const ScalerHandle scaler(sws_getContext(picture.width, picture.height, AV_PIX_FMT_RGB24,
                                             out.width, out.height, AV_PIX_FMT_RGB24, way, nullptr,
                                             nullptr, nullptr));
    if (!scaler) {
        return Error{ErrorCode::kInternal, "swscale cannot resize a picture"};
    }
    // Room for vector code that writes past the last pixel.
    constexpr std::size_t kRoom = 64;
    const std::size_t bytes =
        std::size_t{3} * static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.height);
    out.pixels.resize(bytes + kRoom);
    const std::uint8_t* const from[] = {picture.data, nullptr, nullptr, nullptr};
    const int from_stride[] = {static_cast<int>(picture.stride_bytes), 0, 0, 0};
    std::uint8_t* const to[] = {out.pixels.data(), nullptr, nullptr, nullptr};
    const int to_stride[] = {3 * out.width, 0, 0, 0};
    if (sws_scale(scaler.get(), from, from_stride, 0, picture.height, to, to_stride) !=
        out.height) {
        return Error{ErrorCode::kInternal, "swscale does not resize a picture"};
    }
    out.pixels.resize(bytes);
    return out;
}

std::string read_shown_pictures(const ByteSource& source,
                                std::optional<std::uint32_t> part,
                                const std::set<MediaTime>& times,
                                int side,
                                const ReaderOptions& options,
                                const std::function<void(MediaTime, frame::RgbImage)>& take) {
    const Result<std::unique_ptr<FrameReader>> reader = open_part_of(source, part, options);
    if (!reader) {
        return problem_of(reader.error());
    }
    auto wanted = times.begin();
    while (wanted != times.end()) {
        const Result<std::optional<frame::FrameHeader>> header = (*reader)->next();
        if (!header) {
            return problem_of(header.error());
        }
        if (!header->has_value()) {
            return "nothing is shown at " + std::to_string(wanted->ms()) + " ms";
        }
        if ((*header)->time < *wanted) {
            continue;
        }
        const Result<frame::RgbView> picture = (*reader)->picture();
        if (!picture) {
            return problem_of(picture.error());
        }
        const Result<frame::RgbImage> fitted = fit(*picture, side);
        if (!fitted) {
            return problem_of(fitted.error());
        }
        for (; wanted != times.end() && *wanted <= (*header)->time; ++wanted) {
            take(*wanted, *fitted);
        }
    }
    return {};
}

}  // namespace refrain::media
