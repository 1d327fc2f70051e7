#include <utility>

#include "service/doors/door.h"
#include "service/doors/doors.h"

namespace refrain::service::doors {

namespace {

/// The client reads the status alone; the words are for its log.
server::Response answer(const Context& context,
                        const server::Request& /*request*/,
                        const FindReport& report) {
    const Decision decision = decide(report, context.config.doors);
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
    route.pattern = "/v1/validate";
    route.summary = "For upload filters: 200 takes a file, 403 and 422 refuse it.";
    route.request_types = {"application/octet-stream", "multipart/form-data"};
    route.success_schema = "Accepted";
    add_door(context, router, std::move(route), answer);
}

}  // namespace refrain::service::doors
