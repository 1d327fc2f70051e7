#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/request.h"

namespace refrain::server {

/// The parts of a request target.
struct Target {
    std::string path;  ///< decoded; begins with `/`, holds no empty, `.` or `..` segment
    std::vector<NamedText> query;
};

/// Reads a target in origin form. Several slashes count as one, since clients join a base address
/// that ends in one and a path that begins with one.
///
/// @return nothing where it is none: another form, a bad percent code, a control character, text
///         that is not UTF-8, an encoded slash, or a segment that climbs
[[nodiscard]] std::optional<Target> parse_target(std::string_view text);

/// Whether `text` is UTF-8 (RFC 3629) without control characters.
[[nodiscard]] bool is_clean_text(std::string_view text);

/// `%41` becomes `A`; with `plus_is_blank` also `+` a blank. Nothing for a bad code.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);

}  // namespace refrain::server
