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

/// The bits of `code` that are set in `chosen`, from the lowest on; the plain twin of
/// SignatureKernels::gather.
[[nodiscard]] std::uint64_t plain_signature(const Hash256& code, const Hash256& chosen);

/// A checksum of the choice: another choice has another one.
[[nodiscard]] std::uint64_t signature_bits_mark();

}  // namespace refrain::index
