#include <optional>
#include <span>
#include <utility>

#include "access/roles.h"
#include "service/code_query.h"
#include "service/context.h"
#include "service/find_answer.h"
#include "service/json_input.h"
#include "service/query_input.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

/// A fingerprint to ask with, or why there is none.
struct Asked {
    Fingerprint fingerprint;
    std::optional<server::Response> refusal;
};

Asked read_query(const server::Request& request) {
    const std::string type = server::media_type(request.headers.get("Content-Type"));
    if (type == "application/vnd.refrain.record") {
        auto decoded = decode_fingerprint(std::as_bytes(std::span(request.body)));
        if (!decoded) {
            return {{}, server::problem(decoded.error())};
        }
        return {std::move(decoded).value(), std::nullopt};
    }
    if (type != "application/json") {
        return {{},
                server::problem(415, "unsupported_format",
                                "expected application/vnd.refrain.record or application/json")};
    }
    const JsonInput input = read_json(request.body);
    if (!input.problem.empty()) {
        return {{}, server::problem(400, "invalid_argument", input.problem)};
    }
    auto query = code_query(input.value);
    if (!query) {
        return {{}, server::problem(query.error())};
    }
    return {std::move(query).value(), std::nullopt};
}

}  // namespace

void add_fingerprint_routes(Context& context, server::Router& router) {
    server::Route route;
    route.method = "POST";
    route.pattern = "/v1/find/fingerprint";
    route.body = server::BodyKind::kText;
    route.right = access::kMayMatch;
    route.summary =
        "Looks up what was fingerprinted elsewhere: a record, PDQ or vPDQ codes, or a digest "
        "(MD5, SHA-1, SHA-256).";
    route.parameters = look_up_parameters();
    route.request_types = {"application/json", "application/vnd.refrain.record"};
    route.json_schema = "Codes";
    route.success_schema = "Find";
    route.handler = at_desk(context, [&context](const RequestPtr& request) {
        FindOptions options;
        if (auto refusal = read_look_up(*request, options)) {
            return *refusal;
        }
        const Asked asked = read_query(*request);
        if (asked.refusal) {
            return *asked.refusal;
        }
        if (const auto known = context.engine->corpus().check_banks(options.banks); !known) {
            return server::problem(known.error());
        }
        FindReport report = context.engine->find(asked.fingerprint, options, request->gone);
        if (report.answer && report.answer->status == FindStatus::kLowQuality &&
            is_digest_query(asked.fingerprint)) {
            // There is no picture that could be too poor.
            report.answer->status = FindStatus::kNoMatch;
        }
        const auto unwritten = note_decision(context, *request, report);
        return unwritten ? *unwritten : find_response(*request, report);
    });
    router.add(route);
}

}  // namespace refrain::service
