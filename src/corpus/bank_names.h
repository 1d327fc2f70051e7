#pragma once

#include <span>
#include <string>

#include "refrain/result.h"

namespace refrain::corpus {

/// Whether each of `names` is one of `banks`.
///
/// @error kUnknownBank  the first that is not, with the nearest names that there are
///
/// Thread safety: pure function.
[[nodiscard]] Result<void> check_banks(std::span<const std::string> names,
                                       std::span<const std::string> banks);

}  // namespace refrain::corpus
