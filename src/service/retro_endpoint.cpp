#include <utility>

#include "refrain/json.h"

#include "access/roles.h"
#include "service/context.h"
#include "service/find_answer.h"
#include "service/json_input.h"
#include "service/retro_json.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

server::Response show(Context& context, const server::Request& request) {
    const std::string id = request.path_value("id");
    if (const auto item = context.engine->item(id); !item) {
        return server::problem(item.error());
    }
    if (!context.retro) {
        return server::problem(409, "retro_off", "uploads are not kept: retro.keep_hours is 0");
    }
    return json_response(200, retro_json(id, context.retro->answer(id), request.caller));
}

}  // namespace

Json retro_json(const std::string& item, const RetroAnswer& answer, const server::Caller& caller) {
    constexpr std::int64_t kMillisecond = 1000;
    Json object = {{"schema", "refrain.retro/1"},
                   {"item", item},
                   {"status", answer.is_done ? "done" : "waiting"},
                   {"compared", answer.compared},
                   {"not_compared", answer.not_compared},
                   {"matched", answer.matched},
                   {"uploads", Json::array()}};
    for (const RetroMatch& one : answer.matches) {
        const Json found = read_json(to_json(as_seen_by(caller, one.report))).value;
        object["uploads"].push_back({{"input", found["input"]},
                                     {"asked_at_ms", one.asked_at_us / kMillisecond},
                                     {"media", found["media"]},
                                     {"match", found["matches"].at(0)}});
    }
    return object;
}

void add_retro_route(Context& context, server::Router& router) {
    server::Route route;
    route.method = "GET";
    route.pattern = "/v1/items/{id}/retro";
    route.right = access::kMayCurate;
    route.summary = "Which recent uploads show this item, as they would be answered now.";
    route.success_schema = "Retro";
    route.handler =
        at_desk(context, [&context](const RequestPtr& request) { return show(context, *request); });
    router.add(route);
}

}  // namespace refrain::service
