#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "refrain/api.h"

namespace refrain {

/// A 256-bit perceptual code: pictures that look alike have codes that differ in few bits. Between
/// codes of unrelated pictures about half of the bits differ; up to 31 are taken for near.
///
/// Bit i, from 0 to 255, is bit i % 64 of word i / 64.
///
/// PDQ puts DCT coefficient (row r, column c) of its 16x16 block at bit 16 r + c. The text form is
/// ThreatExchange's: 64 lower-case hex digits, the highest bit first.
///
/// Thread safety: a value of 32 bytes, ordered by its words.
///
///     const auto code = hash256_from_hex(line);
///     if (code && hamming_distance(*code, other) <= 31) {
///         std::cout << to_hex(*code) << " looks the same\n";
///     }
struct Hash256 {
    static constexpr int kBits = 256;
    std::array<std::uint64_t, 4> words{};

    /// Whether one bit is set. @param index  0..255
    [[nodiscard]] constexpr bool bit(int index) const {
        return ((words[static_cast<std::size_t>(index) / 64] >> (index % 64)) & 1U) != 0;
    }
    /// Sets one bit; none can be cleared. @param index  0..255
    constexpr void set_bit(int index) {
        words[static_cast<std::size_t>(index) / 64] |= std::uint64_t{1} << (index % 64);
    }
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the defaulted comparison.
    friend constexpr auto operator<=>(const Hash256&, const Hash256&) = default;
};

/// The number of bits in which two codes differ, 0..256: the Hamming distance.
///
/// Cost: a few nanoseconds. Thread safety: pure function.
[[nodiscard]] constexpr int hamming_distance(const Hash256& a, const Hash256& b) {
    int sum = 0;
    for (std::size_t i = 0; i < a.words.size(); ++i) {
        sum += std::popcount(a.words[i] ^ b.words[i]);
    }
    return sum;
}

/// The code with every bit inverted. The negative of a picture has about this code.
///
/// Thread safety: pure function.
[[nodiscard]] constexpr Hash256 complement(const Hash256& code) {
    Hash256 result;
    for (std::size_t i = 0; i < code.words.size(); ++i) {
        result.words[i] = ~code.words[i];
    }
    return result;
}

/// Writes a code as 64 lower-case hex digits. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::string to_hex(const Hash256& hash);

/// Reads a code of exactly 64 hex digits, in lower or upper case.
///
/// @return nothing for any other text. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::optional<Hash256> hash256_from_hex(std::string_view text);

/// The eight ways to lay a rectangle on itself: turned by quarters, mirrored, or both. The order is
/// that of the reference implementation of PDQ.
///
/// A view names what is done to a picture. The code of view v is the code of the picture after
/// that.
enum class DihedralView : std::uint8_t {
    kOriginal,
    kRotate90,    ///< a quarter turn counter-clockwise
    kRotate180,   ///< half a turn
    kRotate270,   ///< a quarter turn clockwise
    kFlipX,       ///< upside down: top and bottom exchanged
    kFlipY,       ///< mirrored: left and right exchanged
    kFlipPlus1,   ///< transposed
    kFlipMinus1,  ///< transposed about the other diagonal
};
inline constexpr std::size_t kDihedralViews = 8;

/// The codes of one picture in all views. The code of view v is at index v.
using DihedralHashes = std::array<Hash256, kDihedralViews>;

}  // namespace refrain
