#include <utility>

#include "access/roles.h"
#include "service/doors/door.h"
#include "service/doors/doors.h"
#include "service/find_answer.h"
#include "service/media_lane.h"
#include "service/query_input.h"

namespace refrain::service::doors {

namespace {

/// The client reads the status alone; the words are for its log.
server::Response answer(const Decision& decision) {
    switch (decision.verdict) {
        case Verdict::kClean: {
            server::Response response;
            response.body = R"({"accepted":true})";
            return response;
        }
        case Verdict::kMatch:
            return server::problem(403, "matched",
                                   "it shows " + decision.item + " of bank " + decision.bank);
        case Verdict::kUnexamined:
            break;
    }
    return server::problem(422, decision.code, "it could not be examined");
}

}  // namespace

void add_validate_route(Context& context, server::Router& router) {
    server::Route route;
    route.method = "POST";
    route.pattern = "/v1/validate";
    route.body = server::BodyKind::kUpload;
    route.right = access::kMayMatch;
    route.summary = "For upload filters: 200 takes a file, 403 and 422 refuse it.";
    route.request_types = {"application/octet-stream", "multipart/form-data"};
    route.success_schema = "Accepted";
    route.is_lenient = true;
    route.handler = [&context](const std::shared_ptr<server::Request>& request,
                               const server::Respond& respond) {
        if (auto refusal = check_upload(*request)) {
            respond(std::move(*refusal));
            return;
        }
        on_lane(context, media_lane(request->files.front().file->descriptor()), request, respond,
                [&context, request, respond] {
                    RunControl control;
                    control.stop = request->gone;
                    const FindReport report =
                        context.engine->find(upload_of(*request), {}, control);
                    const auto unwritten = note_decision(context, *request, report);
                    respond(unwritten ? *unwritten : answer(decide(report, context.config.doors)));
                });
    };
    router.add(route);
}

}  // namespace refrain::service::doors
