#include "media/medium_parts.h"

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
        default:
            return lone_part(source, format);
    }
}

}  // namespace refrain::media
