#include "server/response.h"

#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace refrain::server {

namespace {

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::kEmpty:
        case ErrorCode::kInvalidArgument:
            return 400;
        case ErrorCode::kUnknownBank:
        case ErrorCode::kUnknownId:
        case ErrorCode::kCorpusNotFound:
            return 404;
        case ErrorCode::kIdTaken:
        case ErrorCode::kCorpusExists:
            return 409;
        case ErrorCode::kTooLarge:
        case ErrorCode::kTooManyFrames:
            return 413;
        case ErrorCode::kUnsupportedFormat:
            return 415;
        case ErrorCode::kNotFound:
        case ErrorCode::kUnreadable:
        case ErrorCode::kNoVisualStream:
        case ErrorCode::kCorrupt:
        case ErrorCode::kTimeout:
        case ErrorCode::kDecoderCrashed:
            return 422;
        case ErrorCode::kCancelled:
        case ErrorCode::kSandboxMissing:
        case ErrorCode::kCorpusBusy:
        case ErrorCode::kCorpusReadOnly:
        case ErrorCode::kDiskFull:
            return 503;
        case ErrorCode::kInternal:
        case ErrorCode::kCorpusDamaged:
        case ErrorCode::kCorpusTooNew:
            return 500;
    }
    return 500;
}

// RFC 9110, 15; RFC 6585 for 429 and 431.
constexpr std::array<std::pair<int, std::string_view>, 19> kTitles{{
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

}  // namespace

std::string_view status_title(int status) {
    for (const auto& [code, title] : kTitles) {
        if (code == status) {
            return title;
        }
    }
    return status < 400 ? "OK" : "Error";
}

Response problem(int status, std::string_view code, std::string_view detail) {
    const nlohmann::ordered_json document = {{"type", "about:blank"},
                                             {"status", status},
                                             {"title", status_title(status)},
                                             {"detail", detail},
                                             {"code", code}};
    Response response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return response;
}

Response retry_later(int status, std::string_view code, std::string_view detail, int seconds) {
    Response response = problem(status, code, detail);
    response.headers.emplace_back("Retry-After", std::to_string(seconds));
    return response;
}

Response problem(const Error& error) {
    const int status = status_of(error.code);
    if (status == 503) {
        return retry_later(status, error_code_name(error.code), error.message, 5);
    }
    return problem(status, error_code_name(error.code), error.message);
}

}  // namespace refrain::server
