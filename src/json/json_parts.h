#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "refrain/corpus.h"
#include "refrain/error.h"
#include "refrain/fingerprint.h"
#include "refrain/verdict.h"

/// Pieces that several of the JSON objects share. Field order is part of the contract.
namespace refrain::json {

using Object = nlohmann::ordered_json;

/// Object with `schema` and `input`, and `input_hex` where `input` is not UTF-8.
[[nodiscard]] Object start_input_line(std::string_view schema, const std::string& input);

[[nodiscard]] Object error_json(const std::optional<Error>& error);
[[nodiscard]] Object media_json(const MediaInfo& media);
/// With `parts` where there are several; twins on white are none of their own.
[[nodiscard]] Object media_json(const MediaInfo& media, const std::vector<PartSummary>& parts);
/// What one part is: `index`, `kind`, `role`, its size and, where it has any, what it lacks.
[[nodiscard]] Object part_json(const PartSummary& part);
[[nodiscard]] Object labels_json(const std::map<std::string, std::string>& labels);
[[nodiscard]] Object part_json(const MatchedPart& part);
[[nodiscard]] Object match_json(const Match& match, bool with_action = false);

[[nodiscard]] Object item_json(const ItemSummary& item);
/// A time, or `forever`.
[[nodiscard]] Object until_json(std::int64_t microseconds);

[[nodiscard]] Object damage_json(const std::vector<Damage>& damage);

/// Adds what `add` tells of an item beside its id.
void append_outcome(Object& line,
                    const AddOutcome& outcome,
                    const std::optional<ItemSummary>& known);

/// Adds how much could be decoded, unless all could, and what else is to be known of it.
void append_decode(Object& line, const DecodeReport& decode, MediaKind kind);

[[nodiscard]] std::string_view kind_name(MediaKind kind);

/// Rounded to `digits` decimals; never negative zero.
[[nodiscard]] double rounded(double value, int digits);

/// `2026-01-31T12:00:00.000000Z`.
[[nodiscard]] std::string utc_text(std::int64_t microseconds);

/// The object on one line.
[[nodiscard]] std::string one_line(const Object& line);

}  // namespace refrain::json
