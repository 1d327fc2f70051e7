#include "service/doors/door.h"

namespace refrain::service::doors {

namespace {

/// Whether the bytes are none of the kinds that are looked into: a document, an archive.
bool is_no_medium(ErrorCode code) {
    return code == ErrorCode::kUnsupportedFormat || code == ErrorCode::kNoVisualStream ||
           code == ErrorCode::kEmpty;
}

}  // namespace

std::vector<Match> enforced(const FindReport& report) {
    std::vector<Match> found;
    for (const Match& match : report.answer ? report.answer->matches : std::vector<Match>()) {
        if (match.action == Action::kEnforce) {
            found.push_back(match);
        }
    }
    return found;
}

Decision decide(const FindReport& report, const DoorOptions& options) {
    if (report.answer && report.answer->action == Action::kEnforce) {
        const std::vector<Match> matches = enforced(report);
        // What is enforced may be among those that `max_matches` left out.
        return matches.empty() ? Decision{Verdict::kMatch, "unlisted", "unlisted", {}}
                               : Decision{Verdict::kMatch, matches[0].bank, matches[0].id, {}};
    }
    if (report.answer && !report.answer->matches.empty()) {
        return {Verdict::kClean, {}, {}, {}};  // shadow or allowed: shown, not acted upon
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
