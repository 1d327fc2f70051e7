#pragma once

#include <optional>
#include <string>

namespace refrain::server {

/// The parts of `http://HOST[:PORT][/TARGET]` or `https://...`. Thread safety: a value.
struct Url {
    bool has_tls = false;
    std::string host;    ///< a name or an address, without brackets
    std::string port;    ///< digits
    std::string target;  ///< begins with a slash

    /// Scheme, host and port, always with the port: what two URLs of one server have in common.
    [[nodiscard]] std::string origin() const;
    /// `HOST:PORT`, with brackets around an address of IPv6.
    [[nodiscard]] std::string host_and_port() const;
    /// The same without the port where it is the scheme's own, as the Host field has it.
    [[nodiscard]] std::string authority() const;
};

/// Splits a URL. Nothing where it has another scheme, a user name, no host, or blanks and control
/// characters. Cost: one pass over at most 2048 bytes; longer ones are none.
[[nodiscard]] std::optional<Url> parse_url(const std::string& text);

}  // namespace refrain::server
