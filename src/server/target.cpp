#include "server/target.h"

#include <nlohmann/json.hpp>

namespace refrain::server {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// The next segment of `rest`, up to a slash, which is dropped.
std::string_view take_until(std::string_view& rest, char end) {
    const std::size_t length = std::min(rest.find(end), rest.size());
    const std::string_view taken = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    return taken;
}

bool read_path(std::string_view text, std::string& path) {
    while (!text.empty()) {
        const std::string_view raw = take_until(text, '/');
        if (raw.empty()) {
            continue;
        }
        const auto segment = percent_decoded(raw, false);
        if (!segment || !is_clean_text(*segment) || *segment == "." || *segment == ".." ||
            segment->find('/') != std::string::npos || segment->find('\\') != std::string::npos) {
            return false;
        }
        path += '/';
        path += *segment;
    }
    if (path.empty()) {
        path = "/";
    }
    return true;
}

bool read_query(std::string_view text, std::vector<NamedText>& query) {
    while (!text.empty()) {
        std::string_view pair = take_until(text, '&');
        if (pair.empty()) {
            continue;
        }
        const std::string_view raw_name = take_until(pair, '=');
        auto name = percent_decoded(raw_name, true);
        auto value = percent_decoded(pair, true);
        if (!name || !value || !is_clean_text(*name) || !is_clean_text(*value)) {
            return false;
        }
        query.emplace_back(std::move(*name), std::move(*value));
    }
    return true;
}

}  // namespace

bool is_clean_text(std::string_view text) {
    for (const char c : text) {
        if (is_control(c)) {
            return false;
        }
    }
    // The library checks UTF-8 as RFC 3629 has it when it writes a string.
    try {
        static_cast<void>(nlohmann::json(text).dump());
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
    return true;
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return std::nullopt;
            }
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            decoded += text[i] == '+' && plus_is_blank ? ' ' : text[i];
        }
    }
    return decoded;
}

std::optional<Target> parse_target(std::string_view text) {
    if (text.empty() || text.front() != '/') {
        return std::nullopt;
    }
    const std::size_t question = std::min(text.find('?'), text.size());
    Target target;
    if (text.find('#') != std::string_view::npos ||
        !read_path(text.substr(0, question), target.path)) {
        return std::nullopt;
    }
    if (question < text.size() && !read_query(text.substr(question + 1), target.query)) {
        return std::nullopt;
    }
    return target;
}

}  // namespace refrain::server
