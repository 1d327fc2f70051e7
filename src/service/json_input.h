#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "server/response.h"

namespace refrain::service {

using Json = nlohmann::ordered_json;

/// A JSON document that came from outside, or why it is none.
struct JsonInput {
    Json value;
    std::string problem;  ///< empty: there is a value
};

/// Reads UTF-8 JSON of at most 64 levels.
[[nodiscard]] JsonInput read_json(std::string_view text);

/// What is wrong where an object has a field that is none of these: its name, and theirs.
[[nodiscard]] std::optional<std::string> unknown_field(
    const Json& object,
    std::initializer_list<std::string_view> known);

/// Text on one line, with U+FFFD for what is not UTF-8.
[[nodiscard]] std::string one_line(const Json& value);

/// An answer with a JSON body.
[[nodiscard]] server::Response json_response(int status, const Json& value);

}  // namespace refrain::service
