#include "server/response.h"

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

}  // namespace

std::string_view status_title(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return status < 400 ? "OK" : "Error";
    }
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
