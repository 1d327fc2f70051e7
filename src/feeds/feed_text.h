#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "refrain/feeds.h"

/// What texts of feeds mean, the same in every format.
namespace refrain::feeds {

/// Why a text is none of what was asked for: words of docs/feeds.md. Null data: it is.
using Refused = std::string_view;

[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] bool is_hex(std::string_view text);

/// Fills in a PDQ code of 64 hex digits of either case. @return why not
[[nodiscard]] Refused read_pdq(std::string_view hex, bool is_word_reversed, Hash256& code);

/// Fills in `kind` and `digest` of an entry. @param kind  kNone: by the length
/// @return why not
[[nodiscard]] Refused read_digest(std::string_view hex, SignalKind kind, FeedEntry& entry);

/// A whole number 0..100.
[[nodiscard]] std::optional<std::uint8_t> read_quality(std::string_view text);

/// Seconds from 0 on, with or without an exponent, below 10^9; any number of digits.
[[nodiscard]] std::optional<MediaTime> read_seconds(std::string_view text);

/// `2024-05-01T10:20:30[.5][Z|+02:00]`, a date alone, or whole seconds since 1970: microseconds
/// since 1970 UTC. Without an offset it is UTC.
[[nodiscard]] std::optional<std::int64_t> read_time(std::string_view text);

/// Adds a label unless its value is empty or there are too many; a long value is cut.
/// @return whether it did
bool add_label(FeedEntry& entry, std::string_view name, std::string_view value);

/// A piece of an input for a message: at most 80 bytes.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace refrain::feeds
