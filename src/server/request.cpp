#include "server/request.h"

#include <algorithm>

namespace refrain::server {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Takes one `name=value` from the front; the value may be quoted.
std::optional<NamedText> take_parameter(std::string_view& rest) {
    const std::size_t equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos || rest[equals] == ';') {
        rest.remove_prefix(equals == std::string_view::npos ? rest.size() : equals + 1);
        return std::nullopt;
    }
    NamedText parameter{std::string(trimmed(rest.substr(0, equals))), std::string()};
    rest = trimmed(rest.substr(equals + 1));
    if (rest.empty() || rest.front() != '"') {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        parameter.second = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return parameter;
    }
    std::size_t at = 1;
    for (; at < rest.size() && rest[at] != '"'; ++at) {
        // Browsers escape the quote as %22; RFC 9110 has a backslash before it. Windows paths have
        // backslashes that escape nothing.
        if (rest[at] == '\\' && at + 1 < rest.size() &&
            (rest[at + 1] == '"' || rest[at + 1] == '\\')) {
            ++at;
        }
        parameter.second += rest[at];
    }
    const std::size_t end = std::min(rest.find(';', at), rest.size());
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return parameter;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
}

std::string_view Headers::get(std::string_view name) const {
    for (const auto& [known, value] : fields_) {
        if (same_word(known, name)) {
            return value;
        }
    }
    return {};
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(fields_.begin(), fields_.end(),
                      [&](const NamedText& field) { return same_word(field.first, name); }));
}

std::optional<std::string> Request::parameter(std::string_view name) const {
    for (const auto& [known, value] : query) {
        if (known == name) {
            return value;
        }
    }
    return std::nullopt;
}

std::vector<std::string> Request::parameters(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [known, value] : query) {
        if (known == name) {
            values.push_back(value);
        }
    }
    return values;
}

std::optional<std::string> Request::field(std::string_view name) const {
    for (const auto& [known, value] : fields) {
        if (known == name) {
            return value;
        }
    }
    return std::nullopt;
}

std::string Request::path_value(const std::string& name) const {
    const auto found = path_values.find(name);
    return found == path_values.end() ? std::string() : found->second;
}

std::string media_type(std::string_view content_type) {
    std::string type(trimmed(content_type.substr(0, content_type.find(';'))));
    std::transform(type.begin(), type.end(), type.begin(), lower);
    return type;
}

std::optional<std::string> header_parameter(std::string_view value, std::string_view name) {
    const std::size_t first = value.find(';');
    std::string_view rest =
        first == std::string_view::npos ? std::string_view() : value.substr(first + 1);
    while (!rest.empty()) {
        const auto parameter = take_parameter(rest);
        if (parameter && same_word(parameter->first, name)) {
            return parameter->second;
        }
    }
    return std::nullopt;
}

}  // namespace refrain::server
