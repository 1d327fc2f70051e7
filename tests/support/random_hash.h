#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <random>

#include "refrain/hash256.h"

namespace refrain::test {

/// A uniformly random code.
inline Hash256 random_hash(std::mt19937_64& random) {
    Hash256 hash;
    for (std::uint64_t& word : hash.words) {
        word = random();
    }
    return hash;
}

/// `hash` with exactly `bits` of its bits turned over.
inline Hash256 with_flipped_bits(Hash256 hash, int bits, std::mt19937_64& random) {
    std::array<int, Hash256::kBits> order{};
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    for (int i = 0; i < bits; ++i) {
        const int bit = order[static_cast<std::size_t>(i)];
        hash.words[static_cast<std::size_t>(bit) / 64] ^= std::uint64_t{1} << (bit % 64);
    }
    return hash;
}

}  // namespace refrain::test
