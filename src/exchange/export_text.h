#pragma once

#include <string>

#include "refrain/corpus.h"

/// The lines of `refrain export` that are no JSON objects of items.
namespace refrain::exchange {

/// The first line of a table of items.
[[nodiscard]] std::string csv_heading();

/// An item as a row of it. Fields are quoted as RFC 4180 says; a line break inside one stays.
[[nodiscard]] std::string csv_row(const ItemSummary& item, const Fingerprint& fingerprint);

/// The frames of a video as vPDQ writes them: a JSON array of `hex,quality,seconds`, on one line,
/// with all six digits behind the point.
[[nodiscard]] std::string vpdq_line(const Fingerprint& fingerprint);

}  // namespace refrain::exchange
