#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "refrain/media_time.h"

/// Words of the command line into values. Nothing: the word is not of that form, or out of range.
namespace refrain::cli {

/// A whole number from 1 on, with an optional K, M, G or T of 1024.
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view word);

/// A whole number from 1 on, with an optional K, M, G or T of 1000.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view word);

/// A decimal number of seconds above 0 and up to 10^9, at most six decimals.
[[nodiscard]] std::optional<MediaTime> parse_seconds(std::string_view word);

/// A finite decimal number.
[[nodiscard]] std::optional<double> parse_number(std::string_view word);

/// A whole number from `low` to `high`.
[[nodiscard]] std::optional<int> parse_int(std::string_view word, int low, int high);

/// `KEY=VALUE`; the key is not empty, the value may be.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> parse_label(std::string_view word);

}  // namespace refrain::cli
