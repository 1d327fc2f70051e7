#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace refrain::service {

/// A time: `2026-01-31`, `2026-01-31T12:00:00Z`, or `@SECONDS` since 1970, in microseconds since
/// then. Nothing for any other word. Thread safety: pure function.
[[nodiscard]] std::optional<std::int64_t> parse_utc_time(std::string_view word);

}  // namespace refrain::service
