#include "media/medium_parts.h"

#include <string>
#include <utility>

#include "media/ffmpeg_reader.h"
#include "media/still_parts.h"
#include "media/truncation.h"

namespace refrain::media {
namespace {

MediumPlan lone_part(const ByteSource& source, Format format) {
    MediumPlan plan;
    PartPlan& part = plan.parts.emplace_back();
    part.format = format;
    part.truncation = format == Format::kText ? "" : find_truncation(source);
    return plan;
}

Result<MediumPlan> plan_other(const ByteSource& source, const ReaderOptions& options) {
    MediumPlan plan = lone_part(source, Format::kOther);
    if (has_still_beside_animation(source)) {
        plan.parts.front().part.index = 1;
        PartPlan still = plan.parts.front();
        still.part = {.index = 0, .role = PartRole::kAttached};
        still.format = Format::kPng;
        plan.parts.push_back(std::move(still));
        return plan;
    }
    const std::string truncation = std::move(plan.parts.front().truncation);
    Result<MediumPlan> tracks = plan_ffmpeg(source, options, truncation);
    if (!tracks && tracks.error().code == ErrorCode::kCorrupt && !truncation.empty()) {
        return Error{ErrorCode::kCorrupt, truncation + "; " + tracks.error().message};
    }
    return tracks;
}

}  // namespace

Result<MediumPlan> plan_parts(const ByteSource& source, const ReaderOptions& options) {
    const Format format = sniff(source);
    switch (format) {
        case Format::kJpeg:
            return plan_jpeg(source);
        case Format::kHeif:
            return plan_heif(source, options);
        case Format::kTiff:
            return plan_tiff(source, options);
        case Format::kOther:
            return plan_other(source, options);
        default:
            return lone_part(source, format);
    }
}

}  // namespace refrain::media
