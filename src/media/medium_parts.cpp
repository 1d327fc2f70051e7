#include "media/medium_parts.h"

namespace refrain::media {

Result<MediumPlan> plan_parts(const ByteSource& source, const ReaderOptions& /*options*/) {
    MediumPlan plan;
    plan.parts.push_back({.part = {}, .format = sniff(source)});
    return plan;
}

Result<std::unique_ptr<FrameReader>> open_part(const ByteSource& source,
                                               const PartPlan& /*plan*/,
                                               const ReaderOptions& options) {
    return open_frames(source, options);
}

}  // namespace refrain::media
