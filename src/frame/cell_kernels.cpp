#include "frame/cell_kernels.h"

#include "base/cpu_features.h"
#include "base/intrinsics.h"

namespace refrain::frame {

namespace {

namespace plain {

void add_from(const std::uint32_t* sums,
              const ShortCells& of,
              std::size_t begin,
              std::uint64_t* cells) {
    for (std::size_t i = begin; i < of.first.size(); ++i) {
        const std::uint32_t* columns = sums + of.first[i];
        cells[i] = of.shares[0][i] * columns[0] + of.shares[1][i] * columns[1] +
                   of.shares[2][i] * columns[2];
    }
}

void add_short(const std::uint32_t* sums, const ShortCells& short_cells, std::uint64_t* cells) {
    add_from(sums, short_cells, 0, cells);
}

constexpr CellKernels kKernels{"plain", add_short};

}  // namespace plain

#if defined(__x86_64__)

namespace avx512 {

/// Sixteen cells at a time, as long as their columns lie in two vectors.
[[gnu::target("avx512f")]] void add_short(const std::uint32_t* sums,
                                          const ShortCells& of,
                                          std::uint64_t* cells) {
    constexpr std::size_t kStep = 16;
    constexpr int kHeld = 32;
    const __m512i one = _mm512_set1_epi32(1);
    const std::int32_t* const first = of.first.data();
    std::size_t i = 0;
    for (; i + kStep <= of.first.size() && first[i + kStep - 1] + 2 - first[i] < kHeld;
         i += kStep) {
        const std::uint32_t* from = sums + first[i];
        const __m512i low = _mm512_loadu_si512(from);
        const __m512i high = _mm512_loadu_si512(from + kStep);
        __m512i at = _mm512_sub_epi32(_mm512_loadu_si512(first + i), _mm512_set1_epi32(first[i]));
        __m512i all = _mm512_setzero_si512();
        for (const std::vector<std::uint32_t>& shares : of.shares) {
            const __m512i columns = _mm512_permutex2var_epi32(low, at, high);
            const __m512i weights = _mm512_loadu_si512(shares.data() + i);
            all = _mm512_add_epi32(all, _mm512_mullo_epi32(columns, weights));
            at = _mm512_add_epi32(at, one);
        }
        _mm512_storeu_si512(cells + i, _mm512_cvtepu32_epi64(_mm512_castsi512_si256(all)));
        _mm512_storeu_si512(cells + i + kStep / 2,
                            _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(all, 1)));
    }
    plain::add_from(sums, of, i, cells);
}

constexpr CellKernels kKernels{"avx512", add_short};

}  // namespace avx512

#endif

}  // namespace

std::vector<const CellKernels*> usable_cell_kernels() {
    std::vector<const CellKernels*> usable{&plain::kKernels};
#if defined(__x86_64__)
    if (base::cpu_features().has_avx512f) {
        usable.push_back(&avx512::kKernels);
    }
#endif
    return usable;
}

const CellKernels& cell_kernels() {
    static const CellKernels* const fastest = usable_cell_kernels().back();
    return *fastest;
}

}  // namespace refrain::frame
