#include "service/doors/door.h"

namespace refrain::service::doors {

namespace {

/// Whether the bytes are none of the kinds that are looked into: a document, an archive.
bool is_no_medium(ErrorCode code) {
    return code == ErrorCode::kUnsupportedFormat || code == ErrorCode::kNoVisualStream ||
           code == ErrorCode::kEmpty;
}

}  // namespace

Decision decide(const FindReport& report, const DoorOptions& options) {
    if (report.answer && !report.answer->matches.empty()) {
        const Match& best = report.answer->matches.front();
        return {Verdict::kMatch, best.bank, best.id, {}};
    }
    const std::string_view status = report.status();
    if (status == "no_match" || status == "low_quality") {
        return {Verdict::kClean, {}, {}, {}};
    }
    const bool passes = report.error && is_no_medium(report.error->code)
                            ? options.accepts_other_files
                            : options.accepts_unexamined;
    std::string code =
        report.error ? std::string(error_code_name(report.error->code)) : std::string(status);
    return {passes ? Verdict::kClean : Verdict::kUnexamined, {}, {}, std::move(code)};
}

}  // namespace refrain::service::doors
