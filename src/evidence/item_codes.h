#pragma once

#include <cstddef>
#include <cstdint>

#include "refrain/result.h"

#include "evidence/known_item.h"

namespace refrain::evidence {

/// The id under which an index keeps a code: the key of its item, and the number of the code or
/// picture in that item. 2^22 numbers are two frames a second for 24 days; 2^40 keys remain.
inline constexpr int kOrdinalBits = 22;
inline constexpr std::int64_t kMaxCodes = std::int64_t{1} << kOrdinalBits;
inline constexpr std::int64_t kMaxKey = (std::int64_t{1} << (62 - kOrdinalBits)) - 1;

/// @param key  0..kMaxKey  @param ordinal  0..kMaxCodes - 1
[[nodiscard]] constexpr std::int64_t code_id(std::int64_t key, std::size_t ordinal) {
    return (key << kOrdinalBits) | static_cast<std::int64_t>(ordinal);
}
[[nodiscard]] constexpr std::int64_t key_of(std::int64_t id) { return id >> kOrdinalBits; }
[[nodiscard]] constexpr std::uint32_t ordinal_of(std::int64_t id) {
    return static_cast<std::uint32_t>(id & (kMaxCodes - 1));
}

/// All ids of one item, both ends included.
struct IdRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
};
[[nodiscard]] constexpr IdRange ids_of(std::int64_t key) {
    return {code_id(key, 0), code_id(key, static_cast<std::size_t>(kMaxCodes - 1))};
}
[[nodiscard]] constexpr bool has_ids(std::int64_t key) { return key >= 0 && key <= kMaxKey; }

/// Whether the key of an item and so many codes fit into ids. @error kInvalidArgument
[[nodiscard]] inline Result<void> check_codes(const KnownItem& item, std::size_t codes) {
    if (!has_ids(item.key) || codes > static_cast<std::size_t>(kMaxCodes)) {
        return Error{ErrorCode::kInvalidArgument, "item " + item.id + " does not fit the index"};
    }
    return {};
}

}  // namespace refrain::evidence
