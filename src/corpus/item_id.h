#pragma once

#include <string>
#include <string_view>

#include "refrain/fingerprint.h"

namespace refrain::corpus {

/// The id of an item that was added without one: `m_` and 24 hex digits that depend on the bytes
/// and the bank alone, so that adding again, anywhere and in any order, gives the same id.
[[nodiscard]] std::string derive_id(std::string_view bank, const Sha256& sha256);

}  // namespace refrain::corpus
