#include "index/flat_kernels.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/cpu_features.h"
#include "base/intrinsics.h"

namespace refrain::index {

namespace {

// Halves of unrelated codes are 64 bits apart with a deviation of 5.7: up to this radius hardly
// any passes for its first half. Beyond, both halves are read at once.
constexpr int kSieveRadius = 44;

constexpr std::size_t kLanes = HalfBlock::kCodes;

std::uint32_t position_of(const FlatTile& tile, std::size_t block, std::size_t lane) {
    return tile.first + static_cast<std::uint32_t>(block * kLanes + lane);
}

int distance_at(const FlatTile& tile, std::size_t block, std::size_t lane, const Hash256& query) {
    const HalfBlock& front = tile.front[block];
    const HalfBlock& back = tile.back[block];
    return std::popcount(front.words[0][lane] ^ query.words[0]) +
           std::popcount(front.words[1][lane] ^ query.words[1]) +
           std::popcount(back.words[0][lane] ^ query.words[2]) +
           std::popcount(back.words[1][lane] ^ query.words[3]);
}

/// Looks closer at the lanes of a block whose first half is within the radius.
void settle(const FlatTile& tile, std::size_t block, unsigned lanes, const FlatQuery& query) {
    for (; lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
        const int distance = distance_at(tile, block, lane, query.code);
        if (distance <= query.radius) {
            query.found->push_back(
                {position_of(tile, block, lane), static_cast<std::uint16_t>(distance)});
        }
    }
}

/// The codes behind the last full block.
void settle_rest(const FlatTile& tile, std::span<const FlatQuery> queries) {
    const std::size_t rest = tile.codes % kLanes;
    for (const FlatQuery& query : queries) {
        settle(tile, tile.codes / kLanes, (1U << rest) - 1, query);
    }
}

bool is_sieved(std::span<const FlatQuery> queries) {
    return std::all_of(queries.begin(), queries.end(),
                       [](const FlatQuery& query) { return query.radius <= kSieveRadius; });
}

/// Bits set in each byte of a word. Compilers turn a loop over it into vectors, what they do not
/// do with a call of popcount.
constexpr std::uint64_t bits_of_bytes(std::uint64_t x) {
    x = x - ((x >> 1) & 0x5555555555555555U);
    x = (x & 0x3333333333333333U) + ((x >> 2) & 0x3333333333333333U);
    return (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fU;
}

constexpr std::uint64_t sum_of_bytes(std::uint64_t x) {
    x += x >> 8;
    x += x >> 16;
    x += x >> 32;
    return x & 0xffU;
}

/// The lanes whose first half (`both` false: 128 bits) or whole is within the radius.
template <bool both>
unsigned near_lanes_portable(const FlatTile& tile, std::size_t block, const FlatQuery& query) {
    const HalfBlock& front = tile.front[block];
    const HalfBlock& back = tile.back[block];
    std::array<std::uint64_t, kLanes> distance;
    for (std::size_t i = 0; i < kLanes; ++i) {
        std::uint64_t bits = bits_of_bytes(front.words[0][i] ^ query.code.words[0]) +
                             bits_of_bytes(front.words[1][i] ^ query.code.words[1]);
        if constexpr (both) {
            // Bytes hold at most 32 each; their sum fits into one but for 256 itself.
            bits += bits_of_bytes(back.words[0][i] ^ query.code.words[2]) +
                    bits_of_bytes(back.words[1][i] ^ query.code.words[3]);
            distance[i] = (bits & 0x00ff00ff00ff00ffU) + (bits >> 8 & 0x00ff00ff00ff00ffU);
            distance[i] += distance[i] >> 32;
            distance[i] = (distance[i] + (distance[i] >> 16)) & 0x1ffU;
        } else {
            distance[i] = sum_of_bytes(bits);
        }
    }
    unsigned lanes = 0;
    for (std::size_t i = 0; i < kLanes; ++i) {
        lanes |= (static_cast<int>(distance[i]) <= query.radius ? 1U : 0U) << i;
    }
    return lanes;
}

template <bool both>
void scan_portable_blocks(const FlatTile& tile, std::span<const FlatQuery> queries) {
    for (std::size_t block = 0; block < tile.codes / kLanes; ++block) {
        for (const FlatQuery& query : queries) {
            settle(tile, block, near_lanes_portable<both>(tile, block, query), query);
        }
    }
}

void scan_portable(const FlatTile& tile, std::span<const FlatQuery> queries) {
    if (is_sieved(queries)) {
        scan_portable_blocks<false>(tile, queries);
    } else {
        scan_portable_blocks<true>(tile, queries);
    }
    settle_rest(tile, queries);
}

constexpr FlatKernels kPortable{"portable", scan_portable};

#if defined(__x86_64__)

template <bool both>
[[gnu::target("popcnt")]] void scan_popcnt_blocks(const FlatTile& tile,
                                                  std::span<const FlatQuery> queries) {
    for (std::size_t block = 0; block < tile.codes / kLanes; ++block) {
        const HalfBlock& front = tile.front[block];
        for (const FlatQuery& query : queries) {
            const auto& words = query.code.words;
            unsigned lanes = 0;
            for (std::size_t i = 0; i < kLanes; ++i) {
                int bits = std::popcount(front.words[0][i] ^ words[0]) +
                           std::popcount(front.words[1][i] ^ words[1]);
                if constexpr (both) {
                    const HalfBlock& back = tile.back[block];
                    bits += std::popcount(back.words[0][i] ^ words[2]) +
                            std::popcount(back.words[1][i] ^ words[3]);
                }
                lanes |= (bits <= query.radius ? 1U : 0U) << i;
            }
            if (lanes != 0) [[unlikely]] {
                settle(tile, block, lanes, query);
            }
        }
    }
}

void scan_popcnt(const FlatTile& tile, std::span<const FlatQuery> queries) {
    if (is_sieved(queries)) {
        scan_popcnt_blocks<false>(tile, queries);
    } else {
        scan_popcnt_blocks<true>(tile, queries);
    }
    settle_rest(tile, queries);
}

/// Bits set in each byte.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i bits_of_bytes_avx2(__m256i x) {
    const __m256i low = _mm256_set1_epi8(0x0f);
    const __m256i bits_of_nibble = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                                    0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    return _mm256_add_epi8(
        _mm256_shuffle_epi8(bits_of_nibble, _mm256_and_si256(x, low)),
        _mm256_shuffle_epi8(bits_of_nibble, _mm256_and_si256(_mm256_srli_epi16(x, 4), low)));
}

/// Bits of each byte of four codes' half that differ from the query's, both words together.
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i half_bytes_avx2(const HalfBlock& half,
                                                                           std::size_t lane,
                                                                           std::uint64_t word0,
                                                                           std::uint64_t word1) {
    const auto* first = reinterpret_cast<const __m256i*>(half.words[0] + lane);
    const auto* second = reinterpret_cast<const __m256i*>(half.words[1] + lane);
    const __m256i query0 = _mm256_set1_epi64x(std::bit_cast<std::int64_t>(word0));
    const __m256i query1 = _mm256_set1_epi64x(std::bit_cast<std::int64_t>(word1));
    return _mm256_add_epi8(bits_of_bytes_avx2(_mm256_xor_si256(_mm256_load_si256(first), query0)),
                           bits_of_bytes_avx2(_mm256_xor_si256(_mm256_load_si256(second), query1)));
}

template <bool both>
[[gnu::target("avx2"), gnu::always_inline]] inline unsigned
near_lanes_avx2(const FlatTile& tile, std::size_t block, const FlatQuery& query) {
    const __m256i limit = _mm256_set1_epi64x(query.radius + 1);
    const auto& words = query.code.words;
    unsigned lanes = 0;
    for (std::size_t lane = 0; lane < kLanes; lane += 4) {
        __m256i bytes = half_bytes_avx2(tile.front[block], lane, words[0], words[1]);
        if constexpr (both) {
            bytes =
                _mm256_add_epi8(bytes, half_bytes_avx2(tile.back[block], lane, words[2], words[3]));
        }
        const __m256i distance = _mm256_sad_epu8(bytes, _mm256_setzero_si256());
        const __m256i near = _mm256_cmpgt_epi64(limit, distance);
        lanes |= static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(near))) << lane;
    }
    return lanes;
}

template <bool both>
[[gnu::target("avx2")]] void scan_avx2_blocks(const FlatTile& tile,
                                              std::span<const FlatQuery> queries) {
    for (std::size_t block = 0; block < tile.codes / kLanes; ++block) {
        for (const FlatQuery& query : queries) {
            const unsigned lanes = near_lanes_avx2<both>(tile, block, query);
            if (lanes != 0) [[unlikely]] {
                settle(tile, block, lanes, query);
            }
        }
    }
}

void scan_avx2(const FlatTile& tile, std::span<const FlatQuery> queries) {
    if (is_sieved(queries)) {
        scan_avx2_blocks<false>(tile, queries);
    } else {
        scan_avx2_blocks<true>(tile, queries);
    }
    settle_rest(tile, queries);
}

// clang-format off
# define REFRAIN_AVX512 gnu::target("avx512f,avx512vpopcntdq")
// clang-format on

/// Bits in which each of eight codes' half differs from the query's.
[[REFRAIN_AVX512, gnu::always_inline]] inline __m512i half_distance_avx512(__m512i word0,
                                                                           __m512i word1,
                                                                           __m512i query0,
                                                                           __m512i query1) {
    return _mm512_add_epi64(_mm512_popcnt_epi64(_mm512_xor_si512(word0, query0)),
                            _mm512_popcnt_epi64(_mm512_xor_si512(word1, query1)));
}

[[REFRAIN_AVX512, gnu::always_inline]] inline __m512i broadcast(std::uint64_t word) {
    return _mm512_set1_epi64(std::bit_cast<std::int64_t>(word));
}

/// `count` queries of the same radius; a constant, so that they stay in registers.
template <std::size_t count>
[[REFRAIN_AVX512]] void sieve_avx512(const FlatTile& tile, std::span<const FlatQuery> queries) {
    __m512i first[count];
    __m512i second[count];
    for (std::size_t q = 0; q < count; ++q) {
        first[q] = broadcast(queries[q].code.words[0]);
        second[q] = broadcast(queries[q].code.words[1]);
    }
    const __m512i radius = _mm512_set1_epi64(queries[0].radius);
    for (std::size_t block = 0; block < tile.codes / kLanes; ++block) {
        const __m512i word0 = _mm512_load_si512(tile.front[block].words[0]);
        const __m512i word1 = _mm512_load_si512(tile.front[block].words[1]);
        __m512i nearest = half_distance_avx512(word0, word1, first[0], second[0]);
        for (std::size_t q = 1; q < count; ++q) {
            nearest =
                _mm512_min_epu64(nearest, half_distance_avx512(word0, word1, first[q], second[q]));
        }
        // One comparison for all: masks of their own would cost more than the distances.
        const unsigned lanes = _mm512_cmple_epu64_mask(nearest, radius);
        if (lanes != 0) [[unlikely]] {
            for (const FlatQuery& query : queries) {
                settle(tile, block, lanes, query);
            }
        }
    }
}

[[REFRAIN_AVX512]] void scan_both_avx512(const FlatTile& tile, const FlatQuery& query) {
    const auto& words = query.code.words;
    const __m512i query0 = broadcast(words[0]);
    const __m512i query1 = broadcast(words[1]);
    const __m512i query2 = broadcast(words[2]);
    const __m512i query3 = broadcast(words[3]);
    const __m512i radius = _mm512_set1_epi64(query.radius);
    for (std::size_t block = 0; block < tile.codes / kLanes; ++block) {
        const HalfBlock& front = tile.front[block];
        const HalfBlock& back = tile.back[block];
        const __m512i distance = _mm512_add_epi64(
            half_distance_avx512(_mm512_load_si512(front.words[0]),
                                 _mm512_load_si512(front.words[1]), query0, query1),
            half_distance_avx512(_mm512_load_si512(back.words[0]), _mm512_load_si512(back.words[1]),
                                 query2, query3));
        unsigned lanes = _mm512_cmple_epu64_mask(distance, radius);
        if (lanes != 0) [[unlikely]] {
            alignas(64) std::uint64_t distances[kLanes];
            _mm512_store_si512(distances, distance);
            for (; lanes != 0; lanes &= lanes - 1) {
                const auto lane = static_cast<std::size_t>(std::countr_zero(lanes));
                query.found->push_back(
                    {position_of(tile, block, lane), static_cast<std::uint16_t>(distances[lane])});
            }
        }
    }
}

void scan_avx512(const FlatTile& tile, std::span<const FlatQuery> queries) {
    if (!is_sieved(queries)) {
        for (const FlatQuery& query : queries) {
            scan_both_avx512(tile, query);
        }
    } else if (queries.size() == 4 &&
               std::all_of(queries.begin(), queries.end(), [&](const FlatQuery& query) {
                   return query.radius == queries[0].radius;
               })) {
        sieve_avx512<4>(tile, queries);
    } else {
        for (const FlatQuery& query : queries) {
            sieve_avx512<1>(tile, std::span(&query, 1));
        }
    }
    settle_rest(tile, queries);
}

constexpr FlatKernels kPopcnt{"popcnt", scan_popcnt};
constexpr FlatKernels kAvx2{"avx2", scan_avx2};
constexpr FlatKernels kAvx512{"avx512", scan_avx512};

#endif

}  // namespace

std::vector<const FlatKernels*> usable_flat_kernels() {
    std::vector<const FlatKernels*> usable{&kPortable};
#if defined(__x86_64__)
    const base::CpuFeatures& cpu = base::cpu_features();
    if (cpu.has_popcnt) {
        usable.push_back(&kPopcnt);
    }
    if (cpu.has_avx2) {
        usable.push_back(&kAvx2);
    }
    if (cpu.has_avx512f && cpu.has_avx512vpopcntdq) {
        usable.push_back(&kAvx512);
    }
#endif
    return usable;
}

const FlatKernels& flat_kernels() {
    static const FlatKernels& fastest = *usable_flat_kernels().back();
    return fastest;
}

}  // namespace refrain::index
