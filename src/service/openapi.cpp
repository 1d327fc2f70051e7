#include "service/openapi.h"

#include <algorithm>
#include <utility>

#include "refrain/version.h"

#include "access/roles.h"
#include "service/json_input.h"

namespace refrain::service {

namespace {

std::string right_name(std::uint32_t right) {
    switch (right) {
        case access::kMayHash:
            return "hasher";
        case access::kMayMatch:
            return "matcher";
        case access::kMayCurate:
            return "curator";
        case access::kMayAudit:
            return "auditor";
        case 0:
            return "anybody";
        default:
            return "admin";
    }
}

Json parameters_of(const server::Route& route) {
    Json all = Json::array();
    for (const std::string& segment : server::segments_of(route.pattern)) {
        if (segment.front() == '{') {
            all.push_back({{"name", segment.substr(1, segment.size() - 2)},
                           {"in", "path"},
                           {"required", true},
                           {"schema", {{"type", "string"}}}});
        }
    }
    for (const server::Parameter& parameter : route.parameters) {
        all.push_back({{"name", parameter.name},
                       {"in", "query"},
                       {"required", parameter.is_required},
                       {"description", parameter.about},
                       {"schema", {{"type", parameter.type}}}});
    }
    return all;
}

/// A body of this content type; without the name of a schema it may be anything.
Json content(const std::string& type, const std::string& schema) {
    Json body = Json::object();
    if (!schema.empty()) {
        body["schema"]["$ref"] = "#/components/schemas/" + schema;
    }
    return {{type, body}};
}

Json responses_of(const server::Route& route) {
    Json all = Json::object();
    all[std::to_string(route.success)] = {
        {"description", "done"}, {"content", content(route.success_type, route.success_schema)}};
    for (const server::OtherSuccess& other : route.other_successes) {
        all[std::to_string(other.status)] = {
            {"description", other.about}, {"content", content("application/json", other.schema)}};
    }
    const bool has_own_errors = route.spell_error != nullptr;
    all["default"] = {{"description", "not done"},
                      {"content", has_own_errors ? content("application/json", "Message")
                                                 : content("application/problem+json", "Problem")}};
    return all;
}

Json request_of(const server::Route& route) {
    Json body = {{"required", true}, {"content", Json::object()}};
    for (const std::string& type : route.request_types) {
        body["content"].update(content(type, type == "application/json"      ? route.json_schema
                                             : type == "multipart/form-data" ? route.form_schema
                                                                             : ""));
    }
    return body;
}

Json operation_of(const server::Route& route) {
    Json operation = {{"summary", route.summary},
                      {"x-role", right_name(route.right)},
                      {"parameters", parameters_of(route)},
                      {"responses", responses_of(route)}};
    if (route.right != 0) {
        operation["security"] = Json::array({{{"key", Json::array()}}});
    }
    if (!route.request_types.empty()) {
        operation["requestBody"] = request_of(route);
    }
    return operation;
}

std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return safe;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

}  // namespace

std::string openapi_json(const server::Router& router, const std::string& title) {
    Json document = {{"openapi", "3.1.0"},
                     {"info", {{"title", title}, {"version", versions().refrain}}},
                     {"paths", Json::object()}};
    for (const server::Route& route : router.routes()) {
        document["paths"][route.pattern][lower(route.method)] = operation_of(route);
    }
    Json schemas = read_json(schemas_json()).value;
    schemas.update(read_json(request_schemas_json()).value);
    document["components"] = {
        {"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}},
        {"schemas", std::move(schemas)}};
    return one_line(document);
}

std::string docs_page(const server::Router& router) {
    std::string page =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>refrain</title>"
        "<style>body{font:16px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
        "code{background:#eee;padding:0 .2em}dt{margin-top:1.2em;font-weight:bold}"
        "</style></head><body>\n<h1>refrain</h1>\n<p>The interface for programs is described in "
        "<a href=\"/openapi.json\">/openapi.json</a>. Keys go into "
        "<code>Authorization: Bearer KEY</code>.</p>\n<dl>\n";
    for (const server::Route& route : router.routes()) {
        page += "<dt><code>" + escaped(route.method + " " + route.pattern) + "</code> (" +
                right_name(route.right) + ")</dt>\n<dd>" + escaped(route.summary);
        if (!route.parameters.empty()) {
            page += "<ul>";
            for (const server::Parameter& parameter : route.parameters) {
                page += "<li><code>" + escaped(parameter.name) +
                        "</code>: " + escaped(parameter.about) + "</li>";
            }
            page += "</ul>";
        }
        page += "</dd>\n";
    }
    return page + "</dl>\n</body></html>\n";
}

}  // namespace refrain::service
