#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "refrain/error.h"

#include "server/spool.h"

namespace refrain::server {

/// An answer. Thread safety: a value.
struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    /// The body in place of `body`: read while it is sent, so that it never lies in memory.
    std::shared_ptr<SpoolFile> file = nullptr;
    std::vector<std::pair<std::string, std::string>> headers;
    bool ends_connection = false;
};

/// Takes the answer to one request, from any thread; the first call counts. Where nobody calls it,
/// the client is told that its request was dropped.
using Respond = std::function<void(Response)>;

/// A problem document (RFC 9457): `status`, `title`, `detail` and `code`, a word for programs.
[[nodiscard]] Response problem(int status, std::string_view code, std::string_view detail);

/// The same with a Retry-After of so many seconds.
[[nodiscard]] Response retry_later(int status,
                                   std::string_view code,
                                   std::string_view detail,
                                   int seconds);

/// What an error of the library is in HTTP; `code` is the command line's.
[[nodiscard]] Response problem(const Error& error);

/// The reason phrase of a status.
[[nodiscard]] std::string_view status_title(int status);

}  // namespace refrain::server
