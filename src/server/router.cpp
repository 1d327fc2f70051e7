#include "server/router.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace refrain::server {

namespace {

bool is_name(const std::string& segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

using Values = std::map<std::string, std::string>;

std::optional<Values> match(const std::vector<std::string>& pattern,
                            const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) {
        return std::nullopt;
    }
    Values values;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (is_name(pattern[i])) {
            values[pattern[i].substr(1, pattern[i].size() - 2)] = path[i];
        } else if (pattern[i] != path[i]) {
            return std::nullopt;
        }
    }
    return values;
}

/// Whether `a` is more particular than `b`, both of which fit one path.
bool goes_before(const std::string& a, const std::string& b) {
    const auto names = [](const std::string& text) {
        return std::count(text.begin(), text.end(), '{');
    };
    return names(a) < names(b);
}

}  // namespace

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end > 0) {
            segments.emplace_back(path.substr(0, end));
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return segments;
}

void Router::add(Route route) { routes_.push_back(std::move(route)); }

Found Router::find(Request& request) const {
    const std::vector<std::string> path = segments_of(request.path);
    Found found;
    std::set<std::string> methods;
    std::string best_pattern;
    std::vector<std::pair<const Route*, Values>> fitting;
    for (const Route& route : routes_) {
        auto values = match(segments_of(route.pattern), path);
        if (!values) {
            continue;
        }
        if (best_pattern.empty() || goes_before(route.pattern, best_pattern)) {
            best_pattern = route.pattern;
        }
        fitting.emplace_back(&route, std::move(*values));
    }
    for (auto& [route, values] : fitting) {
        if (route->pattern != best_pattern) {
            continue;
        }
        methods.insert(route->method);
        if (route->method == request.method) {
            found.route = route;
            request.path_values = std::move(values);
        }
    }
    if (found.route != nullptr) {
        return found;
    }
    if (methods.empty()) {
        found.refusal = problem(404, "not_found", "there is nothing at " + request.path);
        return found;
    }
    std::string allowed;
    for (const std::string& method : methods) {
        allowed += (allowed.empty() ? "" : ", ") + method;
    }
    found.refusal = problem(405, "method_not_allowed", "this path takes " + allowed);
    found.refusal.headers.emplace_back("Allow", allowed);
    return found;
}

std::optional<Response> check_parameters(const Route& route, const Request& request) {
    if (!route.is_lenient) {
        for (const auto& given : request.query) {
            const bool is_known =
                std::any_of(route.parameters.begin(), route.parameters.end(),
                            [&](const Parameter& known) { return known.name == given.first; });
            if (!is_known) {
                return problem(400, "unknown_parameter", "there is no parameter " + given.first);
            }
        }
    }
    for (const Parameter& parameter : route.parameters) {
        if (parameter.is_required && !request.parameter(parameter.name)) {
            return problem(400, "missing_parameter",
                           "the parameter " + parameter.name + " is missing");
        }
    }
    return std::nullopt;
}

}  // namespace refrain::server
