#include "index/hamming_kernels.h"

#include <algorithm>
#include <bit>

#include "base/cpu_features.h"
#include "base/intrinsics.h"

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
        if (position >= codes.size()) [[unlikely]] {
            continue;  // from a damaged file
        }
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

void match_portable(std::span<const FilterRun> runs, std::vector<std::uint32_t>& found) {
    for (const FilterRun& run : runs) {
        for (std::uint32_t i = 0; i < run.count; ++i) {
            const unsigned other = static_cast<unsigned>(run.begin[i]) ^ run.wanted;
            if (static_cast<int>(bits_of(other & run.lane_mask)) <= run.max_lane_bits &&
                static_cast<int>(bits_of(other)) <= run.max_bits) {
                found.push_back(run.first_entry + i);
            }
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

// Runs whose filters are asked for before they are looked at.
constexpr std::size_t kRunsAhead = 12;

void prefetch_ahead(std::span<const FilterRun> runs, std::size_t at) {
    if (at + kRunsAhead < runs.size()) {
        const FilterRun& run = runs[at + kRunsAhead];
        __builtin_prefetch(run.begin);
        if (run.count > 32) {
            __builtin_prefetch(run.begin + 32);
        }
    }
}

/// Bits set in each 16-bit number.
[[gnu::target("avx2,bmi"), gnu::always_inline]] inline __m256i bits_of_avx2(__m256i x) {
    const __m256i low = _mm256_set1_epi8(0x0f);
    const __m256i bits_of_nibble = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                                    0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi16(x, 4), low);
    const __m256i bytes =
        _mm256_add_epi8(_mm256_shuffle_epi8(bits_of_nibble, _mm256_and_si256(x, low)),
                        _mm256_shuffle_epi8(bits_of_nibble, upper));
    return _mm256_maddubs_epi16(bytes, _mm256_set1_epi8(1));
}

[[gnu::target("avx2,bmi")]] void match_run_avx2(const FilterRun& run,
                                                std::vector<std::uint32_t>& found) {
    const __m256i wanted = _mm256_set1_epi16(std::bit_cast<std::int16_t>(run.wanted));
    const __m256i lane = _mm256_set1_epi16(std::bit_cast<std::int16_t>(run.lane_mask));
    const __m256i lane_limit = _mm256_set1_epi16(run.max_lane_bits);
    const __m256i limit = _mm256_set1_epi16(run.max_bits);
    for (std::uint32_t i = 0; i < run.count; i += 16) {
        const __m256i filters = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(run.begin + i));
        const __m256i other = _mm256_xor_si256(filters, wanted);
        const __m256i far = _mm256_or_si256(
            _mm256_cmpgt_epi16(bits_of_avx2(_mm256_and_si256(other, lane)), lane_limit),
            _mm256_cmpgt_epi16(bits_of_avx2(other), limit));
        auto mask = ~static_cast<std::uint32_t>(_mm256_movemask_epi8(far)) & 0x55555555U;
        const std::uint32_t left = run.count - i;
        if (left < 16) {
            mask &= (std::uint32_t{1} << (2 * left)) - 1;
        }
        for (; mask != 0; mask &= mask - 1) {
            const auto at = static_cast<std::uint32_t>(std::countr_zero(mask)) / 2;
            found.push_back(run.first_entry + i + at);
        }
    }
}

void match_avx2(std::span<const FilterRun> runs, std::vector<std::uint32_t>& found) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
        prefetch_ahead(runs, i);
        match_run_avx2(runs[i], found);
    }
}

// clang-format off
# define REFRAIN_AVX512 gnu::target("avx512f,avx512bw,avx512vpopcntdq,avx512bitalg,bmi")
// clang-format on

[[REFRAIN_AVX512]] void match_avx512(std::span<const FilterRun> runs,
                                     std::vector<std::uint32_t>& found) {
    for (std::size_t r = 0; r < runs.size(); ++r) {
        prefetch_ahead(runs, r);
        const FilterRun& run = runs[r];
        const __m512i wanted = _mm512_set1_epi16(std::bit_cast<std::int16_t>(run.wanted));
        const __m512i lane = _mm512_set1_epi16(std::bit_cast<std::int16_t>(run.lane_mask));
        const __m512i lane_limit = _mm512_set1_epi16(run.max_lane_bits);
        const __m512i limit = _mm512_set1_epi16(run.max_bits);
        for (std::uint32_t i = 0; i < run.count; i += 32) {
            const __m512i other = _mm512_xor_si512(_mm512_loadu_si512(run.begin + i), wanted);
            const __mmask32 in_lane = _mm512_cmple_epu16_mask(
                _mm512_popcnt_epi16(_mm512_and_si512(other, lane)), lane_limit);
            std::uint32_t mask =
                _mm512_mask_cmple_epu16_mask(in_lane, _mm512_popcnt_epi16(other), limit);
            const std::uint32_t left = run.count - i;
            if (left < 32) {
                mask &= (std::uint32_t{1} << left) - 1;
            }
            for (; mask != 0; mask &= mask - 1) {
                found.push_back(run.first_entry + i +
                                static_cast<std::uint32_t>(std::countr_zero(mask)));
            }
        }
    }
}

/// Bits in which each of two codes differs from the query's, by word.
[[REFRAIN_AVX512, gnu::always_inline]] inline __m512i word_bits_avx512(const Hash256* codes,
                                                                       __m512i query) {
    return _mm512_popcnt_epi64(_mm512_xor_si512(_mm512_loadu_si512(codes), query));
}

/// Eight distances; adding neighbours leaves them in the order 0 2 1 3 4 6 5 7.
[[REFRAIN_AVX512, gnu::always_inline]] inline __m512i distances_avx512(const Hash256* codes,
                                                                       __m512i query) {
    const __m512i a = word_bits_avx512(codes, query);
    const __m512i b = word_bits_avx512(codes + 2, query);
    const __m512i c = word_bits_avx512(codes + 4, query);
    const __m512i d = word_bits_avx512(codes + 6, query);
    const __m512i ab = _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    const __m512i cd = _mm512_add_epi64(_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
    return _mm512_add_epi64(_mm512_shuffle_i64x2(ab, cd, 0x88), _mm512_shuffle_i64x2(ab, cd, 0xdd));
}

[[REFRAIN_AVX512]] void scan_avx512(std::span<const Hash256> codes,
                                    std::uint32_t first,
                                    const Hash256& query,
                                    int radius,
                                    std::vector<Near>& found) {
    const __m512i wanted = _mm512_broadcast_i64x4(
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query.words.data())));
    const __m512i limit = _mm512_set1_epi64(radius);
    const __m512i in_order = _mm512_setr_epi64(0, 2, 1, 3, 4, 6, 5, 7);
    const std::size_t whole = codes.size() / 8 * 8;
    for (std::size_t i = 0; i < whole; i += 8) {
        const __m512i mixed = distances_avx512(codes.data() + i, wanted);
        if (_mm512_cmple_epu64_mask(mixed, limit) == 0) [[likely]] {
            continue;
        }
        alignas(64) std::uint64_t distances[8];
        _mm512_store_si512(distances, _mm512_permutexvar_epi64(in_order, mixed));
        for (std::size_t k = 0; k < 8; ++k) {
            if (static_cast<int>(distances[k]) <= radius) {
                found.push_back({first + static_cast<std::uint32_t>(i + k),
                                 static_cast<std::uint16_t>(distances[k])});
            }
        }
    }
    scan_popcnt(codes.subspan(whole), first + static_cast<std::uint32_t>(whole), query, radius,
                found);
}

constexpr HammingKernels kPopcnt{"popcnt", scan_popcnt, verify_popcnt, match_portable};
constexpr HammingKernels kAvx2{"avx2", scan_popcnt, verify_popcnt, match_avx2};
constexpr HammingKernels kAvx512{"avx512", scan_avx512, verify_popcnt, match_avx512};

#endif

}  // namespace

std::vector<const HammingKernels*> usable_hamming_kernels() {
    std::vector<const HammingKernels*> usable{&kPortable};
#if defined(__x86_64__)
    const base::CpuFeatures& cpu = base::cpu_features();
    const bool has_avx2 = cpu.has_popcnt && cpu.has_avx2 && cpu.has_bmi;
    const bool has_avx512 =
        has_avx2 && cpu.has_avx512bw && cpu.has_avx512vpopcntdq && cpu.has_avx512bitalg;
    if (cpu.has_popcnt) {
        usable.push_back(&kPopcnt);
    }
    if (has_avx2) {
        usable.push_back(&kAvx2);
    }
    if (has_avx512) {
        usable.push_back(&kAvx512);
    }
#endif
    return usable;
}

const HammingKernels& hamming_kernels() {
    static const HammingKernels& fastest = *usable_hamming_kernels().back();
    return fastest;
}

}  // namespace refrain::index
