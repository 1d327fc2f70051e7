#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace refrain::access {

/// SHA-256 in 64 lower-case hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104) in 64 lower-case hex digits.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);

/// Compares in a time that depends on the lengths alone.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

/// Random hex digits, two for each byte, from the kernel's generator; ends the program where that
/// fails, since nothing secret can be made without it.
[[nodiscard]] std::string random_hex(std::size_t bytes);

/// The bytes that a text of base 64 stands for (RFC 4648, section 4, with its padding); nothing
/// where it is malformed or longer than 4096.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace refrain::access
