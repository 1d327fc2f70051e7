#include "service/json_input.h"

#include <algorithm>

namespace refrain::service {

namespace {

constexpr int kMaxDepth = 64;

/// Levels of arrays and objects; counted before anything is built.
int depth_of(std::string_view text) {
    int depth = 0;
    int deepest = 0;
    bool is_text = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_text) {
            i += c == '\\' ? 1U : 0U;
            is_text = c != '"';
        } else if (c == '"') {
            is_text = true;
        } else if (c == '[' || c == '{') {
            deepest = std::max(deepest, ++depth);
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return deepest;
}

}  // namespace

JsonInput read_json(std::string_view text) {
    if (depth_of(text) > kMaxDepth) {
        return {{}, "more than " + std::to_string(kMaxDepth) + " levels"};
    }
    try {
        return {Json::parse(text), {}};
    } catch (const Json::exception&) {
        return {{}, "this is no JSON in UTF-8"};
    }
}

std::optional<std::string> unknown_field(const Json& object,
                                         std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : object.items()) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            std::string problem = "there is no field " + name + ", only ";
            for (const std::string_view& one : known) {
                problem.append(&one == known.begin() ? "" : ", ").append(one);
            }
            return problem;
        }
    }
    return std::nullopt;
}

std::string one_line(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

server::Response json_response(int status, const Json& value) {
    server::Response response;
    response.status = status;
    response.body = one_line(value);
    return response;
}

}  // namespace refrain::service
