#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/catalogue.h"

#include "cli/command_line.h"

/// What the commands that list and change items share.
namespace refrain::cli {

/// Adds --by (by default the login name) and --reason.
void add_author_options(CommandLine& line, Author& author);

/// Adds --bank, --label, --name, --kind, --since, --until and --disabled. `line` must be parsed
/// before the filter is used, and `filter` must outlive that.
void add_filter_options(CommandLine& line, ItemFilter& filter, bool& is_disabled);

/// `2026-01-31 12:00:00`, UTC.
[[nodiscard]] std::string time_text(std::int64_t microseconds);

}  // namespace refrain::cli
