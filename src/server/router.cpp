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

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    return std::ranges::equal(pattern, path, [](const std::string& wanted, const std::string& is) {
        return wanted == is || is_name(wanted);
    });
}

/// What the names of a pattern stand for in a path that fits.
Values values_of(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    Values values;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (is_name(pattern[i])) {
            values[pattern[i].substr(1, pattern[i].size() - 2)] = path[i];
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

void Router::add(Route route) {
    patterns_.push_back(segments_of(route.pattern));
    routes_.push_back(std::move(route));
}

Found Router::find(Request& request) const {
    const std::vector<std::string> path = segments_of(request.path);
    Found found;
    std::vector<std::size_t> fitting;
    const std::string* best_pattern = nullptr;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        if (!fits(patterns_[i], path)) {
            continue;
        }
        fitting.push_back(i);
        if (best_pattern == nullptr || goes_before(routes_[i].pattern, *best_pattern)) {
            best_pattern = &routes_[i].pattern;
        }
    }
    std::set<std::string> methods;
    for (const std::size_t i : fitting) {
        const Route& route = routes_[i];
        if (route.pattern != *best_pattern) {
            continue;
        }
        methods.insert(route.method);
        if (route.method == request.method) {
            found.route = &route;
            request.path_values = values_of(patterns_[i], path);
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
