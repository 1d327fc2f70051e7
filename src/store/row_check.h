#pragma once

#include <cstddef>

#include "refrain/result.h"

#include "store/catalogue_interface.h"

namespace refrain::store {

/// No text of a row or a setting is longer.
inline constexpr std::size_t kMaxTextBytes = 65'536;
/// No record is longer: seven million frames.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{255} << 20;

/// Whether a row may be put, the same for every catalogue.
/// @error kInvalidArgument, kTooLarge  the message names the row
[[nodiscard]] Result<void> check_row(const NewRow& row);

}  // namespace refrain::store
