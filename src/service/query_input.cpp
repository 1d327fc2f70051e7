#include "service/query_input.h"

#include <charconv>
#include <cmath>

namespace refrain::service {

namespace {

server::Response refusal(const std::string& name, const std::string& expected) {
    return server::problem(400, "invalid_argument", name + ": expected " + expected);
}

template <typename Number>
bool read_number(const std::string& text, Number& number) {
    const char* end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, number);
    return failed == std::errc() && stopped == end;
}

}  // namespace

std::vector<server::Parameter> look_up_parameters() {
    return {{"bank", "string", "bank to search; may be repeated (default: all)"},
            {"effort", "string", "fast, normal or thorough"},
            {"min_score", "number", "least score of a match (default 6)"},
            {"max_matches", "integer", "most matches (default 10)"},
            {"similar", "boolean", "list look-alikes too, which are no matches"}};
}

std::optional<server::Response> read_whole(const server::Request& request,
                                           const std::string& name,
                                           std::pair<long, long> bounds,
                                           long& value) {
    const auto text = request.parameter(name);
    if (!text) {
        return std::nullopt;
    }
    if (!read_number(*text, value) || value < bounds.first || value > bounds.second) {
        return refusal(name, "a whole number from " + std::to_string(bounds.first) + " to " +
                                 std::to_string(bounds.second));
    }
    return std::nullopt;
}

std::optional<server::Response> read_look_up(const server::Request& request, FindOptions& options) {
    constexpr long kMostMatches = 10'000;
    options.banks = request.parameters("bank");
    if (const auto effort = request.parameter("effort")) {
        if (*effort != "fast" && *effort != "normal" && *effort != "thorough") {
            return refusal("effort", "fast, normal or thorough");
        }
        options.effort = *effort == "fast"     ? Effort::kFast
                         : *effort == "normal" ? Effort::kNormal
                                               : Effort::kThorough;
    }
    if (const auto score = request.parameter("min_score")) {
        if (!read_number(*score, options.min_score) || !std::isfinite(options.min_score)) {
            return refusal("min_score", "a number");
        }
        if (request.caller.sees_coarse && options.min_score < kDefaultMinScore) {
            return server::problem(403, "forbidden",
                                   "the role of this key may not see what is below the threshold");
        }
    }
    if (const auto similar = request.parameter("similar")) {
        if (*similar != "true" && *similar != "false") {
            return refusal("similar", "true or false");
        }
        options.lists_similar = *similar == "true";
    }
    long most = options.max_matches;
    if (auto wrong = read_whole(request, "max_matches", {1, kMostMatches}, most)) {
        return wrong;
    }
    options.max_matches = static_cast<int>(most);
    return std::nullopt;
}

std::optional<server::Response> read_labels(const server::Request& request,
                                            std::map<std::string, std::string>& labels) {
    for (const std::string& word : request.parameters("label")) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || equals == 0) {
            return refusal("label", "KEY=VALUE");
        }
        labels[word.substr(0, equals)] = word.substr(equals + 1);
    }
    return std::nullopt;
}

std::optional<server::Response> check_upload(const server::Request& request, std::size_t files) {
    const std::string type = server::media_type(request.headers.get("Content-Type"));
    // Any other type is taken: curl calls whatever it sends a form of texts, unless it is told.
    if (type == "application/json") {
        return server::problem(415, "unsupported_format",
                               "the body is to be the medium, not " + type);
    }
    if (request.files.size() < files) {
        return files == 1
                   ? server::problem(400, "empty", "the body holds no file")
                   : server::problem(400, "invalid_argument",
                                     "the form is to hold " + std::to_string(files) + " files");
    }
    for (const server::UploadedFile& file : request.files) {
        if (file.file->size() == 0) {
            return server::problem(400, "empty", "the file has no bytes");
        }
    }
    return std::nullopt;
}

}  // namespace refrain::service
