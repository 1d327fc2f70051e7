#include <utility>

#include "access/roles.h"
#include "service/context.h"
#include "service/json_input.h"
#include "service/openapi.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

server::Response text_response(std::string type, std::string text) {
    server::Response response;
    response.content_type = std::move(type);
    response.body = std::move(text);
    return response;
}

server::Response readiness(Context& context) {
    if (context.is_leaving) {
        return server::retry_later(503, "leaving", "the service is about to end", 5);
    }
    if (!context.is_index_good) {
        return server::retry_later(503, "corpus_damaged", "the corpus cannot be read", 30);
    }
    return json_response(200, {{"schema", "refrain.health/1"}, {"status", "ready"}});
}

server::Response stats(Context& context) {
    const auto counted = context.engine->corpus().stats();
    if (!counted) {
        return server::problem(counted.error());
    }
    server::Response response;
    response.body = to_json(*counted);
    return response;
}

/// A route that anybody may ask, answered on the I/O thread.
server::Route open_route(const std::string& pattern,
                         const std::string& summary,
                         std::function<server::Response()> answer) {
    server::Route route;
    route.method = "GET";
    route.pattern = pattern;
    route.summary = summary;
    route.handler = [answer = std::move(answer)](const RequestPtr&,
                                                 const server::Respond& respond) {
        respond(answer());
    };
    return route;
}

}  // namespace

void add_state_routes(Context& context, server::Router& router) {
    server::Route live = open_route("/healthz", "Whether the program runs.", [] {
        return json_response(200, {{"schema", "refrain.health/1"}, {"status", "ok"}});
    });
    live.success_schema = "Health";
    router.add(live);
    server::Route ready =
        open_route("/readyz", "Whether it can answer.", [&context] { return readiness(context); });
    ready.success_schema = "Health";
    router.add(ready);
    server::Route docs = open_route("/docs", "This page.", [&router] {
        return text_response("text/html; charset=utf-8", docs_page(router));
    });
    docs.success_type = "text/html";
    router.add(docs);
    router.add(open_route("/openapi.json", "The interface, for programs.", [&router] {
        return text_response("application/json", openapi_json(router, "refrain"));
    }));

    server::Route metrics = open_route("/metrics", "Numbers for Prometheus.", [&context] {
        return text_response("text/plain; version=0.0.4", context.metrics.text());
    });
    metrics.right = access::kMayAudit;
    metrics.success_type = "text/plain";
    router.add(metrics);

    server::Route counted;
    counted.method = "GET";
    counted.pattern = "/v1/stats";
    counted.right = access::kMayMatch;
    counted.summary = "Counts, sizes and the index generation.";
    counted.success_schema = "Stats";
    counted.handler = at_desk(context, [&context](const RequestPtr&) { return stats(context); });
    router.add(counted);
}

}  // namespace refrain::service
