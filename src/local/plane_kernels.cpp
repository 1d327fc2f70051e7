#include "local/plane_kernels.h"

#include <cstring>

#include "base/cpu_features.h"
#include "base/intrinsics.h"

namespace refrain::local {

namespace {

namespace plain {

#define REFRAIN_TARGET gnu::flatten
#include "local/plane_rows.inc"
#undef REFRAIN_TARGET

void mix_columns(const std::uint16_t* line,
                 const std::int32_t* at,
                 const std::int32_t* weights,
                 std::size_t count,
                 std::uint8_t* samples) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto left = static_cast<std::uint32_t>(weights[i] & 0xffff);
        const auto right = static_cast<std::uint32_t>(weights[i] >> 16);
        const std::uint32_t sum = line[at[i]] * left + line[at[i] + 1] * right;
        samples[i] = static_cast<std::uint8_t>((sum + 32768) / 65536);
    }
}

constexpr PlaneKernels kKernels{"plain", mix_rows, mix_columns, weigh_rows, weigh_columns};

}  // namespace plain

#if defined(__x86_64__)

// Products of 16 bits are signed: 32768 is taken from the samples, and comes back as 32768 * 256,
// with half of 65536 for the rounding.
constexpr std::int32_t kTakenOff = 0x8000'8000 - 0x1'0000'0000;
constexpr std::int32_t kBack = 32768 * 256 + 32768;

namespace avx2 {

# define REFRAIN_TARGET gnu::target("avx2")
# include "local/plane_rows.inc"

[[REFRAIN_TARGET]] void mix_columns(const std::uint16_t* line,
                                    const std::int32_t* at,
                                    const std::int32_t* weights,
                                    std::size_t count,
                                    std::uint8_t* samples) {
    const __m256i taken_off = _mm256_set1_epi32(kTakenOff);
    const __m256i back = _mm256_set1_epi32(kBack);
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const __m256i places = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + i));
        const __m256i shares = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + i));
        // Both neighbours at once, side by side as their weights are.
        const __m256i pairs = _mm256_i32gather_epi32(reinterpret_cast<const int*>(line), places, 2);
        const __m256i sums = _mm256_madd_epi16(_mm256_xor_si256(pairs, taken_off), shares);
        const __m256i means = _mm256_srli_epi32(_mm256_add_epi32(sums, back), 16);
        const __m128i words =
            _mm_packus_epi32(_mm256_castsi256_si128(means), _mm256_extracti128_si256(means, 1));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(samples + i), _mm_packus_epi16(words, words));
    }
    plain::mix_columns(line, at + i, weights + i, count - i, samples + i);
}
# undef REFRAIN_TARGET

constexpr PlaneKernels kKernels{"avx2", mix_rows, mix_columns, weigh_rows, weigh_columns};

}  // namespace avx2

namespace avx512 {

// clang-format off
# define REFRAIN_TARGET gnu::target("avx512f,avx512bw,avx512vl")
// clang-format on
# include "local/plane_rows.inc"

/// Sixteen means from sixteen samples and their right neighbours, in 32 bits each.
[[REFRAIN_TARGET, gnu::always_inline]] inline __m512i means_of(__m512i pairs,
                                                               const std::int32_t* weights) {
    const __m512i signed_pairs = _mm512_xor_si512(pairs, _mm512_set1_epi32(kTakenOff));
    const __m512i sums = _mm512_madd_epi16(signed_pairs, _mm512_loadu_si512(weights));
    return _mm512_srli_epi32(_mm512_add_epi32(sums, _mm512_set1_epi32(kBack)), 16);
}

[[REFRAIN_TARGET]] void mix_columns(const std::uint16_t* line,
                                    const std::int32_t* at,
                                    const std::int32_t* weights,
                                    std::size_t count,
                                    std::uint8_t* samples) {
    constexpr std::size_t kStep = 16;
    constexpr int kHeld = 64;  // samples in two vectors
    const __m512i neighbour = _mm512_set1_epi32(0x1'0000);
    std::size_t i = 0;
    for (; i + kStep <= count && at[i + kStep - 1] + 1 - at[i] < kHeld; i += kStep) {
        const std::uint16_t* from = line + at[i];
        const __m512i places =
            _mm512_sub_epi32(_mm512_loadu_si512(at + i), _mm512_set1_epi32(at[i]));
        // In each 32 bits the place of a sample and, above, that of its neighbour.
        const __m512i both =
            _mm512_add_epi32(_mm512_or_si512(places, _mm512_slli_epi32(places, 16)), neighbour);
        const __m512i pairs = _mm512_permutex2var_epi16(_mm512_loadu_si512(from), both,
                                                        _mm512_loadu_si512(from + kHeld / 2));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(samples + i),
                         _mm512_cvtepi32_epi8(means_of(pairs, weights + i)));
    }
    plain::mix_columns(line, at + i, weights + i, count - i, samples + i);
}
# undef REFRAIN_TARGET

constexpr PlaneKernels kKernels{"avx512", mix_rows, mix_columns, weigh_rows, weigh_columns};

}  // namespace avx512

#endif

}  // namespace

std::vector<const PlaneKernels*> usable_plane_kernels() {
    std::vector<const PlaneKernels*> usable{&plain::kKernels};
#if defined(__x86_64__)
    const base::CpuFeatures& cpu = base::cpu_features();
    if (cpu.has_avx2) {
        usable.push_back(&avx2::kKernels);
    }
    if (cpu.has_avx512f && cpu.has_avx512bw && cpu.has_avx512vl) {
        usable.push_back(&avx512::kKernels);
    }
#endif
    return usable;
}

const PlaneKernels& plane_kernels() {
    static const PlaneKernels* const fastest = usable_plane_kernels().back();
    return *fastest;
}

}  // namespace refrain::local
