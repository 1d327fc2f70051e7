#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "refrain/result.h"

namespace refrain::server {

/// The parts of `http://HOST[:PORT][/TARGET]` or `https://...`. Thread safety: a value.
struct Url {
    bool has_tls = false;
    std::string host;    ///< a name or an address, without brackets
    std::string port;    ///< digits
    std::string target;  ///< begins with a slash

    /// Scheme, host and port, always with the port: what two URLs of one server have in common.
    [[nodiscard]] std::string origin() const;
};

/// Splits a URL. Nothing where it has another scheme, a user name, no host, or blanks and control
/// characters. Cost: one pass over at most 2048 bytes; longer ones are none.
[[nodiscard]] std::optional<Url> parse_url(const std::string& text);

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
