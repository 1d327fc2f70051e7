#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/local_kernels.h"

namespace refrain::index {

/// Words of the local index; trained by bench/quality/local_words.py.
inline constexpr std::size_t kLocalWords = 4096;

/// One of the words. @param number  below kLocalWords
[[nodiscard]] Hash256 local_word(std::size_t number);

/// A checksum of the words: other words have another one.
[[nodiscard]] std::uint64_t local_words_mark();

/// For each code the numbers of its `count` (1..kLocalWords) nearest words, in order of distance
/// and number, one code after the other.
///
/// For a `count` of up to 64 the search looks only at the groups of words that are nearest to the
/// code. Now and then it misses one of the nearest words, but always the same one for the same code
/// and count.
///
/// Cost: some 1000 comparisons a code. Thread safety: pure function.
[[nodiscard]] std::vector<std::uint16_t> nearest_words(std::span<const Hash256> codes,
                                                       std::size_t count,
                                                       const LocalKernels& kernels);

}  // namespace refrain::index
