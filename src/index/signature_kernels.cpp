#include "index/signature_kernels.h"

#include <bit>
#include <cstddef>

#include "base/cpu_features.h"
#include "base/intrinsics.h"

namespace refrain::index {

namespace {

/// Moves the bits of `word` that are set in `chosen` beside each other, as `pext` does.
std::uint64_t beside_each_other(std::uint64_t word, std::uint64_t chosen) {
    std::uint64_t result = 0;
    for (int place = 0; chosen != 0; chosen &= chosen - 1, ++place) {
        result |= (word >> std::countr_zero(chosen) & 1U) << place;
    }
    return result;
}

std::uint64_t gather_portable(const Hash256& code, const Hash256& chosen) {
    std::uint64_t signature = 0;
    int place = 0;
    for (std::size_t w = 0; w < code.words.size(); ++w) {
        if (chosen.words[w] != 0) {
            signature |= beside_each_other(code.words[w], chosen.words[w]) << place;
            place += std::popcount(chosen.words[w]);
        }
    }
    return signature;
}

void near_portable(std::span<const std::uint64_t> run,
                   const WantedSignature& wanted,
                   std::vector<NearSignature>& out) {
    for (std::size_t i = 0; i < run.size(); ++i) {
        const auto distance = static_cast<std::uint32_t>(std::popcount(run[i] ^ wanted.signature));
        if (distance <= wanted.limit && wanted.is_in_cell(run[i])) {
            out.push_back({static_cast<std::uint32_t>(i), distance});
        }
    }
}

constexpr SignatureKernels kPortable{"portable", gather_portable, near_portable};

#if defined(__x86_64__)

[[gnu::target("bmi2,popcnt")]] std::uint64_t gather_bmi2(const Hash256& code,
                                                         const Hash256& chosen) {
    std::uint64_t signature = 0;
    int place = 0;
    for (std::size_t w = 0; w < code.words.size(); ++w) {
        // With all 64 bits in one word `place` reaches 64, but only where nothing is left.
        signature |= _pext_u64(code.words[w], chosen.words[w]) << (place & 63);
        place += std::popcount(chosen.words[w]);
    }
    return signature;
}

[[gnu::target("popcnt")]] void near_popcnt(std::span<const std::uint64_t> run,
                                           const WantedSignature& wanted,
                                           std::vector<NearSignature>& out) {
    for (std::size_t i = 0; i < run.size(); ++i) {
        const auto distance = static_cast<std::uint32_t>(std::popcount(run[i] ^ wanted.signature));
        if (distance <= wanted.limit && wanted.is_in_cell(run[i])) [[unlikely]] {
            out.push_back({static_cast<std::uint32_t>(i), distance});
        }
    }
}

constexpr SignatureKernels kPopcnt{"popcnt", gather_bmi2, near_popcnt};

// clang-format off
# define REFRAIN_AVX512 gnu::target("avx512f,avx512vpopcntdq,popcnt")
// clang-format on

constexpr std::size_t kLanes = 8;

[[REFRAIN_AVX512, gnu::always_inline]] inline void report(__m512i distances,
                                                          unsigned lanes,
                                                          std::span<const std::uint64_t> run,
                                                          std::size_t at,
                                                          const WantedSignature& wanted,
                                                          std::vector<NearSignature>& out) {
    alignas(64) std::uint64_t stored[kLanes];
    _mm512_store_si512(stored, distances);
    for (; lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
        if (wanted.is_in_cell(run[at + lane])) {
            out.push_back(
                {static_cast<std::uint32_t>(at + lane), static_cast<std::uint32_t>(stored[lane])});
        }
    }
}

[[REFRAIN_AVX512]] void near_avx512(std::span<const std::uint64_t> run,
                                    const WantedSignature& wanted,
                                    std::vector<NearSignature>& out) {
    const __m512i signature = _mm512_set1_epi64(std::bit_cast<std::int64_t>(wanted.signature));
    const __m512i most = _mm512_set1_epi64(wanted.limit);
    for (std::size_t at = 0; at < run.size(); at += kLanes) {
        const std::size_t left = run.size() - at;
        const auto lanes = static_cast<__mmask8>(left < kLanes ? (1U << left) - 1 : 0xffU);
        const __m512i known = _mm512_maskz_loadu_epi64(lanes, run.data() + at);
        const __m512i distances = _mm512_popcnt_epi64(_mm512_xor_si512(known, signature));
        const unsigned near = _mm512_mask_cmple_epu64_mask(lanes, distances, most);
        if (near != 0) [[unlikely]] {
            report(distances, near, run, at, wanted, out);
        }
    }
}

constexpr SignatureKernels kAvx512{"avx512", gather_bmi2, near_avx512};

#endif

}  // namespace

std::vector<const SignatureKernels*> usable_signature_kernels() {
    std::vector<const SignatureKernels*> usable{&kPortable};
#if defined(__x86_64__)
    const base::CpuFeatures& cpu = base::cpu_features();
    if (cpu.has_popcnt && cpu.has_bmi2) {
        usable.push_back(&kPopcnt);
        if (cpu.has_avx512f && cpu.has_avx512vpopcntdq) {
            usable.push_back(&kAvx512);
        }
    }
#endif
    return usable;
}

const SignatureKernels& signature_kernels() {
    static const SignatureKernels& fastest = *usable_signature_kernels().back();
    return fastest;
}

}  // namespace refrain::index
