#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "feeds/feed_sink.h"

/// Fields of an entry that may be missing, null or of another type.
namespace refrain::feeds {

/// A text, or a number or boolean as one; empty for anything else.
[[nodiscard]] std::string text_of(const nlohmann::json& object, const char* name);

/// Null: it is missing or null.
[[nodiscard]] const nlohmann::json* member(const nlohmann::json& object, const char* name);

/// Microseconds since 1970 of a field that holds seconds or an ISO time.
[[nodiscard]] std::optional<std::int64_t> time_of(const nlohmann::json& object, const char* name);

/// The scalars of an array, or a lone one, with commas between.
[[nodiscard]] std::string joined(const nlohmann::json& object, const char* name);

/// true, 1, "true": each feed writes it otherwise.
[[nodiscard]] bool is_true(const nlohmann::json& object, const char* name);

/// Counts the members that are none of these.
void count_unknown(const nlohmann::json& object,
                   std::initializer_list<std::string_view> known,
                   FeedSink& sink);

}  // namespace refrain::feeds
