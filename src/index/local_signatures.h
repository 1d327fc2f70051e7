#pragma once

#include <cstddef>
#include <cstdint>

#include "refrain/hash256.h"

namespace refrain::index {

/// Bits of a signature. Two signatures of one word are as many bits apart as differ, 0..64.
inline constexpr int kSignatureBits = 64;

/// Which bits of a code make its signature in the list of a word: kSignatureBits of them are set.
/// They differ often between the codes of that list, and seldom between codes of the same corner;
/// chosen by bench/quality/local_signatures.py. All other bits say little that the word does not
/// say.
///
/// @param word  below kLocalWords
/// Source: docs/decisions/0046-signatures-of-local-codes.md.
[[nodiscard]] const Hash256& signature_bits(std::size_t word);

/// Bits of a signature that make its cell.
inline constexpr int kCellBits = 8;
inline constexpr std::size_t kCells = std::size_t{1} << kCellBits;

/// Which kCellBits bits of a signature in the list of a word make its cell: even ones that seldom
/// differ between codes of the same corner and say little of each other. Signatures of the same
/// corner mostly lie in the same cell, or in one that differs in a bit or two.
///
/// @param word  below kLocalWords
/// Source: as of `signature_bits`; docs/decisions/0047-cells-of-signatures.md.
[[nodiscard]] std::uint64_t cell_bits(std::size_t word);

/// The bits of `code` that are set in `chosen`, from the lowest on; the plain twin of
/// SignatureKernels::gather.
[[nodiscard]] std::uint64_t plain_signature(const Hash256& code, const Hash256& chosen);

/// A checksum of both choices: another choice has another one.
[[nodiscard]] std::uint64_t signature_bits_mark();

}  // namespace refrain::index
