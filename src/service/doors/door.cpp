#include "service/doors/door.h"

#include <utility>

#include "access/roles.h"
#include "service/doors/doors.h"
#include "service/find_answer.h"
#include "service/media_lane.h"
#include "service/query_input.h"

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

void add_door(Context& context, server::Router& router, server::Route route, DoorAnswer answer) {
    route.method = "POST";
    route.body = server::BodyKind::kUpload;
    route.right = access::kMayMatch;
    route.is_lenient = true;
    route.handler = [&context, answer](const std::shared_ptr<server::Request>& request,
                                       const server::Respond& respond) {
        if (auto refusal = check_upload(*request)) {
            respond(std::move(*refusal));
            return;
        }
        on_lane(context, media_lane(request->files.front().file->descriptor()), request, respond,
                [&context, request, respond, answer] {
                    RunControl control;
                    control.stop = request->gone;
                    const FindReport report =
                        context.engine->find(upload_of(*request), {}, control);
                    const auto unwritten = note_decision(context, *request, report);
                    respond(unwritten ? *unwritten : answer(context, *request, report));
                });
    };
    router.add(std::move(route));
}

}  // namespace refrain::service::doors
