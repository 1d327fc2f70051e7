#include "service/openapi.h"

#include <algorithm>

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

Json operation_of(const server::Route& route) {
    Json schema = Json::object();
    if (!route.success_schema.empty()) {
        schema["$ref"] = "#/components/schemas/" + route.success_schema;
    }
    const Json success = {{"description", "done"},
                          {"content", {{route.success_type, {{"schema", schema}}}}}};
    const Json failure = {
        {"description", "not done"},
        {"content",
         {{"application/problem+json", {{"schema", {{"$ref", "#/components/schemas/Problem"}}}}}}}};
    Json operation = {
        {"summary", route.summary},
        {"x-role", right_name(route.right)},
        {"parameters", parameters_of(route)},
        {"responses", {{std::to_string(route.success), success}, {"default", failure}}}};
    if (route.right != 0) {
        operation["security"] = Json::array({{{"key", Json::array()}}});
    }
    for (const std::string& type : route.request_types) {
        operation["requestBody"]["required"] = true;
        operation["requestBody"]["content"][type] = Json::object();
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
    document["components"] = {
        {"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}},
        {"schemas", read_json(schemas_json()).value}};
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
