#include "media/shown_pictures.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <opencv2/imgproc.hpp>

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
    try {
        const double scale = static_cast<double>(side) / std::max(picture.width, picture.height);
        const cv::Size size(std::clamp(cvRound(picture.width * scale), 1, side),
                            std::clamp(cvRound(picture.height * scale), 1, side));
        // OpenCV has no view of constant pixels; this one is only read from.
        const cv::Mat whole(picture.height, picture.width, CV_8UC3,
                            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
                            const_cast<std::uint8_t*>(picture.data),
                            static_cast<std::size_t>(picture.stride_bytes));
        cv::Mat fitted;
        cv::resize(whole, fitted, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
        return frame::packed_copy(
            {fitted.data, fitted.cols, fitted.rows, static_cast<std::ptrdiff_t>(fitted.step[0])});
    } catch (const cv::Exception& exception) {
        return Error{ErrorCode::kInternal, "resizing: " + exception.err};
    }
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
