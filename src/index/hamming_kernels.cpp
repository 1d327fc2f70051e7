#include "index/hamming_kernels.h"

#include <algorithm>
#include <bit>

#if defined(__x86_64__)
# include <immintrin.h>
#endif

namespace refrain::index {

namespace {

// The bodies are inlined into one function per instruction set, and compiled for that one.

[[gnu::always_inline]] inline int distance_of_half(const Hash256& a,
                                                   const Hash256& b,
                                                   std::size_t word) {
    return std::popcount(a.words[word] ^ b.words[word]) +
           std::popcount(a.words[word + 1] ^ b.words[word + 1]);
}

[[gnu::always_inline]] inline void scan_body(std::span<const Hash256> codes,
                                             std::uint32_t first,
                                             const Hash256& query,
                                             int radius,
                                             std::vector<Near>& found) {
    for (std::size_t i = 0; i < codes.size(); ++i) {
        // Unrelated codes differ in about 64 bits of a half: most are done with after one.
        const int half = distance_of_half(codes[i], query, 0);
        if (half <= radius) {
            const int distance = half + distance_of_half(codes[i], query, 2);
            if (distance <= radius) {
                found.push_back(
                    {first + static_cast<std::uint32_t>(i), static_cast<std::uint16_t>(distance)});
            }
        }
    }
}

[[gnu::always_inline]] inline void verify_body(std::span<const Hash256> codes,
                                               std::span<const std::uint32_t> positions,
                                               const Hash256& query,
                                               int radius,
                                               std::vector<Near>& found) {
    for (const std::uint32_t position : positions) {
        const Hash256& code = codes[position];
        const int distance = distance_of_half(code, query, 0) + distance_of_half(code, query, 2);
        if (distance <= radius) {
            found.push_back({position, static_cast<std::uint16_t>(distance)});
        }
    }
}

void scan_portable(std::span<const Hash256> codes,
                   std::uint32_t first,
                   const Hash256& query,
                   int radius,
                   std::vector<Near>& found) {
    scan_body(codes, first, query, radius, found);
}

void verify_portable(std::span<const Hash256> codes,
                     std::span<const std::uint32_t> positions,
                     const Hash256& query,
                     int radius,
                     std::vector<Near>& found) {
    verify_body(codes, positions, query, radius, found);
}

/// The bits set in a 16-bit number, in operations that compilers turn into vectors.
constexpr unsigned bits_of(unsigned x) {
    x = x - ((x >> 1) & 0x5555U);
    x = (x & 0x3333U) + ((x >> 2) & 0x3333U);
    x = (x + (x >> 4)) & 0x0f0fU;
    return (x + (x >> 8)) & 0x1fU;
}

void match_portable(const FilterRun& run,
                    std::uint16_t wanted,
                    int max_bits,
                    std::vector<std::uint32_t>& found) {
    for (std::uint32_t i = 0; i < run.count; ++i) {
        const unsigned other = static_cast<unsigned>(run.begin[i]) ^ wanted;
        if (static_cast<int>(bits_of(other)) <= max_bits) {
            found.push_back(run.first_entry + i);
        }
    }
}

constexpr HammingKernels kPortable{"portable", scan_portable, verify_portable, match_portable};

#if defined(__x86_64__)

[[gnu::target("popcnt")]] void scan_popcnt(std::span<const Hash256> codes,
                                           std::uint32_t first,
                                           const Hash256& query,
                                           int radius,
                                           std::vector<Near>& found) {
    scan_body(codes, first, query, radius, found);
}

[[gnu::target("popcnt")]] void verify_popcnt(std::span<const Hash256> codes,
                                             std::span<const std::uint32_t> positions,
                                             const Hash256& query,
                                             int radius,
                                             std::vector<Near>& found) {
    verify_body(codes, positions, query, radius, found);
}

[[gnu::target("avx2,bmi")]] void match_avx2(const FilterRun& run,
                                            std::uint16_t wanted,
                                            int max_bits,
                                            std::vector<std::uint32_t>& found) {
    const __m256i query = _mm256_set1_epi16(std::bit_cast<std::int16_t>(wanted));
    const __m256i limit = _mm256_set1_epi16(static_cast<std::int16_t>(max_bits + 1));
    const __m256i low = _mm256_set1_epi8(0x0f);
    const __m256i ones = _mm256_set1_epi8(1);
    const __m256i bits_of_nibble = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                                    0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    for (std::uint32_t i = 0; i < run.count; i += 16) {
        const __m256i filters = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(run.begin + i));
        const __m256i other = _mm256_xor_si256(filters, query);
        const __m256i nibbles = _mm256_and_si256(other, low);
        const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(other, 4), low);
        const __m256i bytes = _mm256_add_epi8(_mm256_shuffle_epi8(bits_of_nibble, nibbles),
                                              _mm256_shuffle_epi8(bits_of_nibble, upper));
        const __m256i close = _mm256_cmpgt_epi16(limit, _mm256_maddubs_epi16(bytes, ones));
        auto mask = static_cast<std::uint32_t>(_mm256_movemask_epi8(close)) & 0x55555555U;
        const std::uint32_t left = run.count - i;
        if (left < 16) {
            mask &= (std::uint32_t{1} << (2 * left)) - 1;
        }
        for (; mask != 0; mask &= mask - 1) {
            const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask)) / 2;
            found.push_back(run.first_entry + i + lane);
        }
    }
}

constexpr HammingKernels kPopcnt{"popcnt", scan_popcnt, verify_popcnt, match_portable};
constexpr HammingKernels kAvx2{"avx2", scan_popcnt, verify_popcnt, match_avx2};

#endif

}  // namespace

std::vector<const HammingKernels*> usable_hamming_kernels() {
    std::vector<const HammingKernels*> usable{&kPortable};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("popcnt") != 0) {
        usable.push_back(&kPopcnt);
        if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0) {
            usable.push_back(&kAvx2);
        }
    }
#endif
    return usable;
}

const HammingKernels& hamming_kernels() {
    static const HammingKernels& fastest = *usable_hamming_kernels().back();
    return fastest;
}

}  // namespace refrain::index
