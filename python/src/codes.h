#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "refrain/hash256.h"

namespace refrain::python {

inline constexpr std::size_t kCodeBytes = 32;
using CodeBytes = std::array<std::uint8_t, kCodeBytes>;

/// The bytes of the text form: the highest bit first.
[[nodiscard]] inline CodeBytes bytes_of(const Hash256& code) {
    CodeBytes bytes{};
    for (std::size_t i = 0; i < kCodeBytes; ++i) {
        const std::size_t low = kCodeBytes - 1 - i;
        bytes[i] = static_cast<std::uint8_t>(code.words[low / 8] >> (8 * (low % 8)));
    }
    return bytes;
}

}  // namespace refrain::python
