#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "refrain/result.h"

#include "server/url.h"

namespace refrain::server {

/// One POST. Thread safety: a value.
struct Post {
    Url url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;                            ///< of type application/json
    std::chrono::milliseconds deadline{10'000};  ///< of all of it
};

/// Sends it once. Follows no redirect; with TLS the certificate must be that of the host, by the
/// authorities that the machine trusts.
///
/// @return the status of the answer, of which nothing else is read
/// @error kUnreadable  there was no answer; says why
/// @error kCancelled   `stop` was requested
/// Cost: blocks up to the deadline. Thread safety: pure function.
[[nodiscard]] Result<int> send_post(const Post& post, const std::stop_token& stop);

}  // namespace refrain::server
