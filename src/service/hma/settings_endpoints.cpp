#include <algorithm>
#include <array>

#include "access/roles.h"
#include "service/hma/hma.h"
#include "service/openapi.h"

namespace refrain::service::hma {

namespace {

constexpr std::array<const char*, 3> kApis{"sample", "ncmec", "stop_ncii"};

server::Response text(int status, const std::string& word) {
    server::Response response;
    response.status = status;
    response.content_type = "text/html; charset=utf-8";
    response.body = word;
    return response;
}

std::optional<server::Response> noted_setting(Hma& hma,
                                              const server::Request& request,
                                              const std::string& kind,
                                              const std::string& name,
                                              const std::string& value) {
    return noted(hma, request,
                 {{"event", "setting"}, {"kind", kind}, {"name", name}, {"value", value}});
}

server::Response status(Context& context) {
    if (!context.is_index_good) {
        return text(503, "INDEX-NOT-LOADED");
    }
    return context.is_leaving ? text(503, "INDEX-STALE") : text(200, "I-AM-ALIVE");
}

Json index_of(Hma& hma, const std::string& type) {
    const std::size_t size = hma.records().signals(type);
    return {{"present", true}, {"built_to", size}, {"size", size}};
}

bool is_api(const std::string& name) {
    return std::find(kApis.begin(), kApis.end(), name) != kApis.end();
}

server::Response api_config(Hma& hma, const std::string& name) {
    if (!is_api(name)) {
        return message(404, "Exchange API '" + name + "' not found");
    }
    return json_response(
        200, {{"has_set_authentification", hma.records().setting("api", name).has_value()},
              {"supports_authentification", name != "sample"}});
}

server::Response set_api(Hma& hma, const server::Request& request) {
    const std::string name = request.path_value("name");
    const JsonInput input = read_json(request.body);
    if (is_api(name) && (!input.value.is_object() || !input.value.contains("credential_json"))) {
        return message(400, "expected credential_json");
    }
    // Nothing is fetched, so the credentials are not kept: only that there were some.
    if (is_api(name)) {
        if (const auto kept = hma.records().put_setting("api", name, true); !kept) {
            return message(kept.error());
        }
        if (auto unwritten = noted_setting(hma, request, "api", name, "credentials")) {
            return std::move(*unwritten);
        }
    }
    return api_config(hma, name);
}

server::Response create_exchange(Hma& hma, const server::Request& request) {
    const JsonInput input = read_json(request.body);
    const Json& object = input.value;
    if (!object.is_object() || !object.contains("bank") || !object["bank"].is_string() ||
        !object.contains("api") || !object["api"].is_string()) {
        return message(400, "Fields `bank` and `api` are required");
    }
    const auto name = object["bank"].get<std::string>();
    const auto api = object["api"].get<std::string>();
    if (!is_api(api)) {
        return message(400, "no such exchange api '" + api + "'");
    }
    const Json kept = {{"name", name}, {"api", api}, {"enabled", true}};
    if (const auto written = hma.records().put_setting("exchange", name, kept); !written) {
        return message(written.error());
    }
    if (!hma.records().bank(name)) {
        if (const auto made = hma.records().put_bank({name, 1}); !made) {
            return message(made.error());
        }
    }
    auto unwritten = noted_setting(hma, request, "exchange", name, api);
    return unwritten ? std::move(*unwritten) : message(201, "Created successfully");
}

server::Response no_exchange(const std::string& name) {
    return message(404, "Exchange '" + name + "' not found");
}

void add_exchange_routes(Hma& hma, server::Router& router) {
    Context& context = hma.context();
    const auto add = [&](const char* method, const char* pattern, const char* about,
                         std::function<server::Response(const RequestPtr&)> answer) {
        const bool changes = std::string_view(method) != "GET";
        auto route =
            hma.route(method, pattern, changes ? access::kMayCurate : access::kMayMatch, about);
        if (std::string_view(method) == "POST" || std::string_view(method) == "PUT") {
            route.body = server::BodyKind::kText;
            route.request_types = {"application/json"};
            route.json_schema =
                std::string_view(pattern) == "/c/exchanges" ? "HmaExchange" : "HmaCredentials";
        }
        route.handler = at_desk(context, std::move(answer));
        router.add(route);
    };
    add("GET", "/c/exchanges/apis", "kinds of exchanges",
        [](const RequestPtr&) { return json_response(200, Json(kApis)); });
    add("GET", "/c/exchanges/api/{name}", "one kind",
        [&hma](const RequestPtr& request) { return api_config(hma, request->path_value("name")); });
    add("POST", "/c/exchanges/api/{name}", "its credentials",
        [&hma](const RequestPtr& request) { return set_api(hma, *request); });
    add("GET", "/c/exchanges/api/{name}/schema", "its settings", [](const RequestPtr& request) {
        return is_api(request->path_value("name"))
                   ? json_response(200, {{"exchange_schema", {{"fields", Json::array()}}}})
                   : message(404, "Exchange API not found");
    });
    add("GET", "/c/exchanges", "all exchanges", [&hma](const RequestPtr&) {
        return json_response(200, Json(hma.records().settings("exchange")));
    });
    add("POST", "/c/exchanges", "keeps an exchange",
        [&hma](const RequestPtr& request) { return create_exchange(hma, *request); });
    add("GET", "/c/exchange/{name}", "one exchange", [&hma](const RequestPtr& request) {
        const auto kept = hma.records().setting("exchange", request->path_value("name"));
        return kept ? json_response(200, *kept) : no_exchange(request->path_value("name"));
    });
    add("DELETE", "/c/exchange/{name}", "drops an exchange", [&hma](const RequestPtr& request) {
        const std::string name = request->path_value("name");
        if (const auto dropped = hma.records().put_setting("exchange", name, nullptr); !dropped) {
            return message(dropped.error());
        }
        auto unwritten = noted_setting(hma, *request, "exchange", name, "dropped");
        return unwritten ? std::move(*unwritten) : message(200, "Exchange deleted");
    });
    add("GET", "/c/exchange/{name}/status", "what it fetched", [&hma](const RequestPtr& request) {
        if (!hma.records().setting("exchange", request->path_value("name"))) {
            return no_exchange(request->path_value("name"));
        }
        return json_response(200, {{"checkpoint_ts", nullptr},
                                   {"fetched_items", 0},
                                   {"last_fetch_complete_ts", nullptr},
                                   {"last_fetch_succeeded", nullptr},
                                   {"running_fetch_start_ts", nullptr},
                                   {"up_to_date", false}});
    });
}

void add_type_routes(Hma& hma, server::Router& router) {
    Context& context = hma.context();
    auto types = hma.route("GET", "/c/signal_type", access::kMayMatch, "signal types");
    types.handler = at_desk(context, [&hma](const RequestPtr&) {
        Json all = Json::array();
        for (const char* name : kSignalTypes) {
            const auto ratio = hma.records().setting("signal_type", name);
            all.push_back({{"name", name}, {"enabled_ratio", ratio ? *ratio : Json(1.0)}});
        }
        return json_response(200, all);
    });
    router.add(types);
    auto indexes = hma.route("GET", "/c/signal_type/index", access::kMayMatch, "their indexes");
    indexes.handler = at_desk(context, [&hma](const RequestPtr&) {
        Json all = Json::object();
        for (const char* name : kSignalTypes) {
            const std::size_t size = hma.records().signals(name);
            all[name] = {{"db_size", size},
                         {"index_size", size},
                         {"index_out_of_date", false},
                         {"newest_db_item", size},
                         {"index_built_to", size}};
        }
        return json_response(200, all);
    });
    router.add(indexes);
    auto changed = hma.route("PUT", "/c/signal_type/{name}", access::kMayCurate, "its ratio");
    changed.body = server::BodyKind::kText;
    changed.request_types = {"application/json"};
    changed.json_schema = "HmaRatio";
    changed.handler = at_desk(context, [&hma](const RequestPtr& request) {
        const JsonInput input = read_json(request->body);
        const std::string name = request->path_value("name");
        if (std::find(kSignalTypes.begin(), kSignalTypes.end(), name) == kSignalTypes.end()) {
            return message(404, "signal type '" + name + "' not found");
        }
        if (!input.value.is_object() || !input.value.contains("enabled_ratio") ||
            !input.value["enabled_ratio"].is_number()) {
            return message(400, "expected enabled_ratio");
        }
        const Json& ratio = input.value["enabled_ratio"];
        if (const auto kept = hma.records().put_setting("signal_type", name, ratio); !kept) {
            return message(kept.error());
        }
        auto unwritten = noted_setting(hma, *request, "signal_type", name, one_line(ratio));
        return unwritten ? std::move(*unwritten)
                         : json_response(200, {{"name", name}, {"enabled_ratio", ratio}});
    });
    router.add(changed);
    auto contents = hma.route("GET", "/c/content_type", access::kMayMatch, "content types");
    contents.handler = at_desk(context, [](const RequestPtr&) {
        return json_response(200, Json::array({{{"name", "photo"}, {"enabled", true}},
                                               {{"name", "video"}, {"enabled", true}}}));
    });
    router.add(contents);
}

}  // namespace

void add_setting_routes(Hma& hma, server::Router& router) {
    Context& context = hma.context();
    auto alive = hma.route("GET", "/status", 0, "whether it answers");
    alive.success_type = "text/html";
    alive.handler = [&context](const RequestPtr&, const server::Respond& respond) {
        respond(status(context));
    };
    router.add(alive);
    auto live = hma.route("GET", "/status/live", 0, "whether the program runs");
    live.success_type = "text/html";
    live.handler = [](const RequestPtr&, const server::Respond& respond) {
        respond(text(200, "I-AM-ALIVE"));
    };
    router.add(live);
    auto document = hma.route("GET", "/openapi/openapi.json", 0, "the interface, for programs");
    document.handler = [&router](const RequestPtr&, const server::Respond& respond) {
        server::Response response;
        response.body = openapi_json(router, "Open Media Match API");
        respond(response);
    };
    router.add(document);
    auto index = hma.route("GET", "/m/index/status", access::kMayMatch, "the indexes");
    index.parameters = parameters({"signal_type"});
    index.handler = at_desk(context, [&hma](const RequestPtr& request) {
        const auto wanted = request->parameter("signal_type");
        Json all = Json::object();
        for (const char* name : kSignalTypes) {
            if (!wanted || *wanted == name) {
                all[name] = index_of(hma, name);
            }
        }
        return all.empty() ? message(400, "Unknown signal type") : json_response(200, all);
    });
    router.add(index);
    add_exchange_routes(hma, router);
    add_type_routes(hma, router);
}

}  // namespace refrain::service::hma
