#include "index/local_kernels.h"

#include <algorithm>
#include <bit>

#include "base/cpu_features.h"
#include "base/intrinsics.h"

namespace refrain::index {

namespace {

constexpr std::size_t kCodes = LocalBlock::kCodes;

/// The codes of a block that belong to the run.
unsigned lanes_of(const LocalRun& run, std::size_t block) {
    unsigned lanes = 0xffU;
    if (block == run.begin / kCodes) {
        lanes &= 0xffU << (run.begin % kCodes);
    }
    if (block == run.end / kCodes) {
        lanes &= (1U << (run.end % kCodes)) - 1;
    }
    return lanes & 0xffU;
}

std::size_t last_block(const LocalRun& run) { return (run.end + kCodes - 1) / kCodes; }

template <typename Number>
void report(std::uint32_t query,
            std::size_t block,
            unsigned lanes,
            const Number* distances,
            std::vector<Candidate>& out) {
    for (; lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
        out.push_back({query, static_cast<std::uint32_t>(block * kCodes + lane),
                       static_cast<std::uint16_t>(distances[lane])});
    }
}

/// Bits set in each byte of a word. Compilers turn a loop over it into vectors, what they do not
/// do with a call of popcount.
constexpr std::uint64_t bits_of_bytes(std::uint64_t x) {
    x = x - ((x >> 1) & 0x5555555555555555U);
    x = (x & 0x3333333333333333U) + ((x >> 2) & 0x3333333333333333U);
    return (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fU;
}

struct Lanes {
    unsigned within_radius = 0;
    unsigned within_limit = 0;
};

void measure_portable(const LocalBlock& block, const Hash256& code, std::uint64_t* distances) {
    for (std::size_t i = 0; i < kCodes; ++i) {
        std::uint64_t bits = 0;
        for (std::size_t w = 0; w < 4; ++w) {
            bits += bits_of_bytes(block.words[w][i] ^ code.words[w]);
        }
        // Bytes hold at most 32 each; their sum fits into one but for 256 itself.
        bits = (bits & 0x00ff00ff00ff00ffU) + (bits >> 8 & 0x00ff00ff00ff00ffU);
        bits += bits >> 32;
        distances[i] = (bits + (bits >> 16)) & 0x1ffU;
    }
}

Lanes lanes_portable(const LocalBlock& block,
                     const Wanted& wanted,
                     std::uint64_t radius,
                     std::uint64_t* distances) {
    measure_portable(block, wanted.code, distances);
    Lanes lanes;
    for (std::size_t i = 0; i < kCodes; ++i) {
        lanes.within_radius |= (distances[i] <= radius ? 1U : 0U) << i;
        lanes.within_limit |= (distances[i] <= wanted.limit ? 1U : 0U) << i;
    }
    return lanes;
}

template <bool counts>
void scan_portable(const LocalRun& run,
                   Wanted* wanted,
                   std::span<const std::uint32_t> queries,
                   std::vector<Candidate>& out) {
    std::uint64_t distances[kCodes];
    for (std::size_t block = run.begin / kCodes; block < last_block(run); ++block) {
        const unsigned in_run = lanes_of(run, block);
        for (const std::uint32_t query : queries) {
            const Lanes lanes =
                lanes_portable(run.blocks[block], wanted[query], run.radius, distances);
            const unsigned near = lanes.within_radius & in_run;
            if constexpr (counts) {
                wanted[query].found += static_cast<std::uint64_t>(std::popcount(near));
            }
            report(query, block, counts ? lanes.within_limit & in_run : near, distances, out);
        }
    }
}

void distances_portable(const LocalBlock* blocks,
                        std::size_t count,
                        const Hash256& code,
                        std::uint16_t* out) {
    std::uint64_t distances[kCodes];
    for (std::size_t block = 0; block < count; ++block) {
        measure_portable(blocks[block], code, distances);
        std::copy_n(distances, kCodes, out + block * kCodes);
    }
}

constexpr LocalKernels kPortable{"portable", scan_portable<true>, scan_portable<false>,
                                 distances_portable};

#if defined(__x86_64__)

/// Bits set in each byte.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i bits_of_bytes_avx2(__m256i x) {
    const __m256i low = _mm256_set1_epi8(0x0f);
    const __m256i bits_of_nibble = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                                    0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    return _mm256_add_epi8(
        _mm256_shuffle_epi8(bits_of_nibble, _mm256_and_si256(x, low)),
        _mm256_shuffle_epi8(bits_of_nibble, _mm256_and_si256(_mm256_srli_epi16(x, 4), low)));
}

/// Distances of four codes.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i distances_avx2(const LocalBlock& block,
                                                                          std::size_t lane,
                                                                          const Hash256& code) {
    __m256i bytes = _mm256_setzero_si256();
    for (std::size_t w = 0; w < 4; ++w) {
        const __m256i known =
            _mm256_load_si256(reinterpret_cast<const __m256i*>(block.words[w] + lane));
        const __m256i query = _mm256_set1_epi64x(std::bit_cast<std::int64_t>(code.words[w]));
        bytes = _mm256_add_epi8(bytes, bits_of_bytes_avx2(_mm256_xor_si256(known, query)));
    }
    return _mm256_sad_epu8(bytes, _mm256_setzero_si256());
}

[[gnu::target("avx2"), gnu::always_inline]] inline unsigned lanes_within_avx2(__m256i distance,
                                                                              std::uint64_t limit) {
    const __m256i beyond = _mm256_set1_epi64x(static_cast<std::int64_t>(limit) + 1);
    const __m256i near = _mm256_cmpgt_epi64(beyond, distance);
    return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(near)));
}

template <bool counts>
[[gnu::target("avx2,popcnt")]] void scan_avx2(const LocalRun& run,
                                              Wanted* wanted,
                                              std::span<const std::uint32_t> queries,
                                              std::vector<Candidate>& out) {
    for (std::size_t block = run.begin / kCodes; block < last_block(run); ++block) {
        const unsigned in_run = lanes_of(run, block);
        for (const std::uint32_t query : queries) {
            Wanted& asked = wanted[query];
            const __m256i low = distances_avx2(run.blocks[block], 0, asked.code);
            const __m256i high = distances_avx2(run.blocks[block], 4, asked.code);
            unsigned lanes =
                (lanes_within_avx2(low, run.radius) | lanes_within_avx2(high, run.radius) << 4) &
                in_run;
            if constexpr (counts) {
                asked.found += static_cast<std::uint64_t>(std::popcount(lanes));
                lanes = (lanes_within_avx2(low, asked.limit) | lanes_within_avx2(high, asked.limit)
                                                                   << 4) &
                        in_run;
            }
            if (lanes != 0) [[unlikely]] {
                alignas(32) std::uint64_t distances[kCodes];
                _mm256_store_si256(reinterpret_cast<__m256i*>(distances), low);
                _mm256_store_si256(reinterpret_cast<__m256i*>(distances + 4), high);
                report(query, block, lanes, distances, out);
            }
        }
    }
}

[[gnu::target("avx2")]] void all_distances_avx2(const LocalBlock* blocks,
                                                std::size_t count,
                                                const Hash256& code,
                                                std::uint16_t* out) {
    for (std::size_t block = 0; block < count; ++block) {
        const __m256i low = distances_avx2(blocks[block], 0, code);
        const __m256i high = distances_avx2(blocks[block], 4, code);
        // Both halves in one vector of 32 bits each, brought in order, and packed to 16.
        const __m256i ordered =
            _mm256_permutevar8x32_epi32(_mm256_or_si256(low, _mm256_slli_epi64(high, 32)),
                                        _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
        const __m128i packed =
            _mm_packus_epi32(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + block * kCodes), packed);
    }
}

// clang-format off
# define REFRAIN_AVX512 gnu::target("avx512f,avx512vpopcntdq,popcnt")
// clang-format on

[[REFRAIN_AVX512, gnu::always_inline]] inline __m512i broadcast(std::uint64_t word) {
    return _mm512_set1_epi64(std::bit_cast<std::int64_t>(word));
}

[[REFRAIN_AVX512, gnu::always_inline]] inline __m512i different(__m512i known,
                                                                std::uint64_t query) {
    return _mm512_popcnt_epi64(_mm512_xor_si512(known, broadcast(query)));
}

template <bool counts>
[[REFRAIN_AVX512]] void scan_avx512(const LocalRun& run,
                                    Wanted* wanted,
                                    std::span<const std::uint32_t> queries,
                                    std::vector<Candidate>& out) {
    const __m512i radius = broadcast(run.radius);
    for (std::size_t block = run.begin / kCodes; block < last_block(run); ++block) {
        const auto in_run = static_cast<__mmask8>(lanes_of(run, block));
        const auto& words = run.blocks[block].words;
        const __m512i word0 = _mm512_load_si512(words[0]);
        const __m512i word1 = _mm512_load_si512(words[1]);
        const __m512i word2 = _mm512_load_si512(words[2]);
        const __m512i word3 = _mm512_load_si512(words[3]);
        for (const std::uint32_t query : queries) {
            Wanted& asked = wanted[query];
            const auto& code = asked.code.words;
            const __m512i distance = _mm512_add_epi64(
                _mm512_add_epi64(different(word0, code[0]), different(word1, code[1])),
                _mm512_add_epi64(different(word2, code[2]), different(word3, code[3])));
            unsigned lanes = _mm512_mask_cmple_epu64_mask(in_run, distance, radius);
            if constexpr (counts) {
                asked.found += static_cast<std::uint64_t>(std::popcount(lanes));
                lanes = _mm512_mask_cmple_epu64_mask(in_run, distance, broadcast(asked.limit));
            }
            if (lanes != 0) [[unlikely]] {
                alignas(64) std::uint64_t distances[kCodes];
                _mm512_store_si512(distances, distance);
                report(query, block, lanes, distances, out);
            }
        }
    }
}

[[REFRAIN_AVX512]] void all_distances_avx512(const LocalBlock* blocks,
                                             std::size_t count,
                                             const Hash256& code,
                                             std::uint16_t* out) {
    for (std::size_t block = 0; block < count; ++block) {
        const auto& words = blocks[block].words;
        const __m512i distance = _mm512_add_epi64(
            _mm512_add_epi64(different(_mm512_load_si512(words[0]), code.words[0]),
                             different(_mm512_load_si512(words[1]), code.words[1])),
            _mm512_add_epi64(different(_mm512_load_si512(words[2]), code.words[2]),
                             different(_mm512_load_si512(words[3]), code.words[3])));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + block * kCodes),
                         _mm512_maskz_cvtepi64_epi16(0xff, distance));
    }
}

constexpr LocalKernels kAvx2{"avx2", scan_avx2<true>, scan_avx2<false>, all_distances_avx2};
constexpr LocalKernels kAvx512{"avx512", scan_avx512<true>, scan_avx512<false>,
                               all_distances_avx512};

#elif defined(__aarch64__)

using CodePair = uint64x2_t;  // the same word of two codes

/// Bits that differ, in eight numbers for two codes.
[[gnu::always_inline]] inline uint16x8_t differing_of_pair(const CodePair* words,
                                                           const CodePair* query) {
    uint8x16_t bytes = vdupq_n_u8(0);
    for (std::size_t w = 0; w < 4; ++w) {
        // Bytes hold at most 32 each.
        bytes = vaddq_u8(bytes, vcntq_u8(vreinterpretq_u8_u64(veorq_u64(words[w], query[w]))));
    }
    return vpaddlq_u8(bytes);
}

/// A bit for each of eight distances that is within the limit.
[[gnu::always_inline]] inline unsigned lanes_within_neon(uint16x8_t distances,
                                                         std::uint64_t limit) {
    constexpr std::uint16_t kBits[kCodes] = {1, 2, 4, 8, 16, 32, 64, 128};
    const uint16x8_t near = vcleq_u16(distances, vdupq_n_u16(static_cast<std::uint16_t>(limit)));
    return vaddvq_u16(vandq_u16(near, vld1q_u16(kBits)));
}

template <bool counts>
void scan_neon(const LocalRun& run,
               Wanted* wanted,
               std::span<const std::uint32_t> queries,
               std::vector<Candidate>& out) {
    for (std::size_t block = run.begin / kCodes; block < last_block(run); ++block) {
        const unsigned in_run = lanes_of(run, block);
        CodePair known[4][4];  // by pair and word
        for (std::size_t pair = 0; pair < 4; ++pair) {
            for (std::size_t w = 0; w < 4; ++w) {
                known[pair][w] = vld1q_u64(run.blocks[block].words[w] + 2 * pair);
            }
        }
        for (const std::uint32_t query : queries) {
            Wanted& asked = wanted[query];
            CodePair code[4];
            for (std::size_t w = 0; w < 4; ++w) {
                code[w] = vdupq_n_u64(asked.code.words[w]);
            }
            // Sums of neighbours, twice: what is left is one number a code, in order.
            const uint16x8_t distance = vpaddq_u16(
                vpaddq_u16(differing_of_pair(known[0], code), differing_of_pair(known[1], code)),
                vpaddq_u16(differing_of_pair(known[2], code), differing_of_pair(known[3], code)));
            unsigned lanes = lanes_within_neon(distance, run.radius) & in_run;
            if constexpr (counts) {
                asked.found += static_cast<std::uint64_t>(std::popcount(lanes));
                lanes = lanes_within_neon(distance, asked.limit) & in_run;
            }
            if (lanes != 0) [[unlikely]] {
                std::uint16_t distances[kCodes];
                vst1q_u16(distances, distance);
                report(query, block, lanes, distances, out);
            }
        }
    }
}

void all_distances_neon(const LocalBlock* blocks,
                        std::size_t count,
                        const Hash256& code,
                        std::uint16_t* out) {
    CodePair wanted[4];
    for (std::size_t w = 0; w < 4; ++w) {
        wanted[w] = vdupq_n_u64(code.words[w]);
    }
    for (std::size_t block = 0; block < count; ++block) {
        uint16x8_t differing[4];  // by pair of codes
        for (std::size_t pair = 0; pair < 4; ++pair) {
            CodePair known[4];
            for (std::size_t w = 0; w < 4; ++w) {
                known[w] = vld1q_u64(blocks[block].words[w] + 2 * pair);
            }
            differing[pair] = differing_of_pair(known, wanted);
        }
        vst1q_u16(out + block * kCodes, vpaddq_u16(vpaddq_u16(differing[0], differing[1]),
                                                   vpaddq_u16(differing[2], differing[3])));
    }
}

constexpr LocalKernels kNeon{"neon", scan_neon<true>, scan_neon<false>, all_distances_neon};

#endif

}  // namespace

std::vector<const LocalKernels*> usable_local_kernels() {
    std::vector<const LocalKernels*> usable{&kPortable};
#if defined(__x86_64__)
    const base::CpuFeatures& cpu = base::cpu_features();
    if (cpu.has_avx2 && cpu.has_popcnt) {
        usable.push_back(&kAvx2);
    }
    if (cpu.has_avx512f && cpu.has_avx512vpopcntdq) {
        usable.push_back(&kAvx512);
    }
#elif defined(__aarch64__)
    usable.push_back(&kNeon);
#endif
    return usable;
}

const LocalKernels& local_kernels() {
    static const LocalKernels& fastest = *usable_local_kernels().back();
    return fastest;
}

}  // namespace refrain::index
