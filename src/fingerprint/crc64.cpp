#include "fingerprint/crc64.h"

#include <array>

namespace refrain::fingerprint {

namespace {

/// The polynomial with its bits in reversed order.
constexpr std::uint64_t kReflectedPolynomial = 0xC96C5795D7870F42ULL;

/// Eight bytes a step ("slicing by 8"): table k holds the effect of a byte that k zeros follow.
constexpr std::size_t kSlices = 8;
using Tables = std::array<std::array<std::uint64_t, 256>, kSlices>;

constexpr Tables make_tables() {
    Tables tables{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        std::uint64_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1) ^ ((value & 1) != 0 ? kReflectedPolynomial : 0);
        }
        tables[0][byte] = value;
    }
    for (std::size_t slice = 1; slice < kSlices; ++slice) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint64_t previous = tables[slice - 1][byte];
            tables[slice][byte] = (previous >> 8) ^ tables[0][previous & 0xFF];
        }
    }
    return tables;
}

constexpr Tables kTables = make_tables();

}  // namespace

std::uint64_t crc64_xz(std::span<const std::byte> bytes) {
    std::uint64_t state = ~std::uint64_t{0};
    std::size_t at = 0;
    for (; bytes.size() - at >= kSlices; at += kSlices) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < kSlices; ++i) {
            word |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
        }
        word ^= state;
        state = 0;
        for (std::size_t i = 0; i < kSlices; ++i) {
            state ^= kTables[kSlices - 1 - i][(word >> (8 * i)) & 0xFF];
        }
    }
    for (; at < bytes.size(); ++at) {
        const std::uint64_t index = (state ^ std::to_integer<std::uint64_t>(bytes[at])) & 0xFF;
        state = (state >> 8) ^ kTables[0][index];
    }
    return ~state;
}

}  // namespace refrain::fingerprint
