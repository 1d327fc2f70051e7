#include "fingerprint/crc64.h"

#include <array>

#include "base/cpu_features.h"
#include "base/intrinsics.h"

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

/// Takes bytes into the state, eight a step.
std::uint64_t advance(std::uint64_t state, std::span<const std::byte> bytes) {
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
    return state;
}

#if defined(__x86_64__)

constexpr std::size_t kLane = sizeof(__m128i);
constexpr std::size_t kLanes = 4;

/// x to that power modulo the polynomial, the bits reversed.
constexpr std::uint64_t power_of_x(unsigned power) {
    std::uint64_t value = std::uint64_t{1} << 63U;
    for (; power > 0; --power) {
        value = (value >> 1) ^ ((value & 1) != 0 ? kReflectedPolynomial : 0);
    }
    return value;
}

/// What carries 16 bytes over so many bits: their first eight stand 64 bits higher than the others.
/// A product of reversed factors comes out one place too high, hence the one less.
template <unsigned kBits>
[[gnu::target("pclmul")]] __m128i carrier() {
    constexpr std::uint64_t kOfFirst = power_of_x(kBits + 64 - 1);
    constexpr std::uint64_t kOfLast = power_of_x(kBits - 1);
    return _mm_set_epi64x(static_cast<std::int64_t>(kOfLast), static_cast<std::int64_t>(kOfFirst));
}

[[gnu::target("pclmul")]] __m128i carried(__m128i lane, __m128i by) {
    return _mm_xor_si128(_mm_clmulepi64_si128(lane, by, 0x00),
                         _mm_clmulepi64_si128(lane, by, 0x11));
}

[[gnu::target("pclmul")]] __m128i load(std::span<const std::byte> bytes, std::size_t at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
}

/// As `advance`, by folding the bytes onto the next ones in four lanes, which leaves 16 bytes with
/// the same checksum (V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using
/// PCLMULQDQ Instruction", Intel 2009). At least 64 bytes.
[[gnu::target("pclmul")]] std::uint64_t advance_by_folding(std::uint64_t state,
                                                           std::span<const std::byte> bytes) {
    __m128i lanes[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) {
        lanes[i] = load(bytes, i * kLane);
    }
    lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, static_cast<std::int64_t>(state)));
    const __m128i far = carrier<8 * kLane * kLanes>();
    std::size_t at = kLane * kLanes;
    for (; bytes.size() - at >= kLane * kLanes; at += kLane * kLanes) {
        for (std::size_t i = 0; i < kLanes; ++i) {
            lanes[i] = _mm_xor_si128(carried(lanes[i], far), load(bytes, at + i * kLane));
        }
    }
    const __m128i near = carrier<8 * kLane>();
    __m128i folded = lanes[0];
    for (std::size_t i = 1; i < kLanes; ++i) {
        folded = _mm_xor_si128(carried(folded, near), lanes[i]);
    }
    std::array<std::byte, kLane> rest{};
    _mm_storeu_si128(reinterpret_cast<__m128i*>(rest.data()), folded);
    return advance(advance(0, rest), bytes.subspan(at));
}

#endif

}  // namespace

std::uint64_t crc64_xz_plain(std::span<const std::byte> bytes) {
    return ~advance(~std::uint64_t{0}, bytes);
}

std::uint64_t crc64_xz(std::span<const std::byte> bytes) {
#if defined(__x86_64__)
    constexpr std::size_t kWorthFolding = 256;
    static_assert(kWorthFolding >= kLane * kLanes);
    if (bytes.size() >= kWorthFolding && base::cpu_features().has_pclmul) {
        return ~advance_by_folding(~std::uint64_t{0}, bytes);
    }
#endif
    return crc64_xz_plain(bytes);
}

}  // namespace refrain::fingerprint
