#pragma once

#include <string>
#include <string_view>

namespace refrain::json {

/// Whether `text` is UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, at most U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);

/// `text` with U+FFFD in place of each byte that is not part of a valid sequence.
[[nodiscard]] std::string to_utf8(std::string_view text);

}  // namespace refrain::json
