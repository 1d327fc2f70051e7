#include "hash/pdq_kernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/cpu_features.h"
#include "base/intrinsics.h"

namespace refrain::hash {

float* PdqScratch::floats(std::size_t count) {
    constexpr std::size_t kPerLine = sizeof(Line) / sizeof(float);
    const std::size_t lines = (count + kPerLine - 1) / kPerLine;
    if (lines_.size() < lines) {
        // The samples are not worth keeping, and two buffers at once not worth having.
        lines_ = {};
        lines_.resize(lines);
    }
    return lines_.front().samples;
}

namespace {

/// Columns that go through all steps before the next ones do: what they need stays in the first
/// level of the cache.
constexpr int kChunk = 64;
/// Floats of the longest vector.
constexpr int kMaxLanes = 16;

constexpr int rounded_up(int value, int step) { return (value + step - 1) / step * step; }

struct ColumnRange {
    int begin;
    int end;
};

struct Divisor {
    float count = 1;
    float reciprocal = 1;

    Divisor() = default;
    explicit Divisor(float samples) : count(samples), reciprocal(1.0F / samples) {}
};

/// The box filter along one side, and where the grid of 64 samples it, told by what enters.
struct Side {
    int length;
    int window;
    int after;  ///< by how many the sample that enters is ahead of the one that comes out
    Divisor whole;
    std::array<int, kDecimatedSide + 1> grid{};  ///< the last is a sentinel

    explicit Side(int side)
        : length(side),
          window(box_window(side)),
          after(window / 2),
          whole(static_cast<float>(window)) {
        for (int i = 0; i < kDecimatedSide; ++i) {
            grid[static_cast<std::size_t>(i)] =
                static_cast<int>((i + 0.5) * side / kDecimatedSide) + after;
        }
        grid[kDecimatedSide] = std::numeric_limits<int>::max() - 1;
    }

    /// How many samples the sum holds once `entering` has entered; 1 outside the picture, where
    /// nobody looks.
    [[nodiscard]] Divisor divisor(int entering) const {
        if (entering >= window - 1 && entering < length) [[likely]] {
            return whole;
        }
        const int count = std::min(entering, length - 1) - std::max(entering - window, -1);
        return Divisor(static_cast<float>(std::max(count, 1)));
    }
};

/// The last columns of a block, each `rows` floats.
struct TallRing {
    float* samples = nullptr;
    int rows = 0;
    int mask = 0;

    [[nodiscard]] float* at(int column) const {
        return samples + std::ptrdiff_t{column & mask} * rows;
    }
    void clear(ColumnRange columns) const {
        for (int c = columns.begin; c < columns.end; ++c) {
            std::fill_n(at(c), rows, 0.0F);
        }
    }
};

/// The last rows, counted from any one >= -capacity.
struct RowRing {
    float* samples = nullptr;
    int capacity = 0;
    std::ptrdiff_t stride = 0;

    [[nodiscard]] float* at(int row) const {
        return samples + (row + capacity) % capacity * stride;
    }
};

/// What the sweep over a picture needs: floats for each part of the scratch.
struct SweepPlan {
    Side across;
    Side down;
    int rows;      ///< of a block
    int margin;    ///< before the first column of a row in the ring
    int stride;    ///< of a row in the ring
    int columns;   ///< of a tall ring
    int capacity;  ///< rows of the ring

    SweepPlan(const frame::RgbView& picture, int block_rows)
        : across(picture.width),
          down(picture.height),
          rows(block_rows),
          margin(rounded_up(across.after, kMaxLanes)),
          stride(margin + rounded_up(across.length + 4, kMaxLanes)),
          columns(static_cast<int>(
              std::bit_ceil(static_cast<unsigned>(2 * (across.window + kChunk) + 2 * kMaxLanes)))),
          capacity(down.window + block_rows) {
        // An odd number of cache lines, so that rows do not contend for the same few of the cache.
        stride += stride / kMaxLanes % 2 == 0 ? kMaxLanes : 0;
    }
};

/// The state of a sweep. What it points to lies in the scratch, or in the function that sweeps.
struct Sweep {
    const Side& across;
    const Side& down;
    TallRing luma;
    TallRing blurred;
    RowRing ring;
    float* sums = nullptr;         ///< of the first column box
    float* samples = nullptr;      ///< the columns of the grid of a block
    const float* zeros = nullptr;  ///< a row of them
    float* grid = nullptr;         ///< for GridColumns
    float* const* entering = nullptr;
    const float* const* leaving = nullptr;
    const Divisor* row_counts = nullptr;

    Sweep(const SweepPlan& plan, PdqScratch& scratch) : across(plan.across), down(plan.down) {
        const auto width = static_cast<std::size_t>(std::max(plan.stride, kDecimatedSide));
        const auto tall =
            static_cast<std::size_t>(plan.columns) * static_cast<std::size_t>(plan.rows);
        const auto rows = static_cast<std::size_t>(plan.capacity);
        const auto stride = static_cast<std::size_t>(plan.stride);
        const auto block = static_cast<std::size_t>(plan.rows) * kDecimatedSide;
        const std::size_t grid_floats = kDecimatedSide * (rows + 1);
        float* next =
            scratch.floats(2 * width + 2 * tall + stride * rows + block + grid_floats + kMaxLanes);
        const auto take = [&next](std::size_t count) {
            float* taken = next;
            next += count;
            return taken;
        };
        sums = take(width);
        zeros = sums + width;
        std::fill_n(sums, 2 * width, 0.0F);
        take(width);
        luma = {take(tall), plan.rows, plan.columns - 1};
        blurred = {take(tall), plan.rows, plan.columns - 1};
        ring = {take(stride * rows) + plan.margin, plan.capacity, plan.stride};
        samples = take(block);
        grid = take(grid_floats);
    }

    /// A row of black ones.
    [[nodiscard]] const std::uint8_t* zero_pixels() const {
        return reinterpret_cast<const std::uint8_t*>(zeros);
    }
};

/// The second row box of a block.
struct GridSums {
    alignas(64) float sums[2 * kMaxLanes] = {};
    std::size_t next = 0;  ///< column of the grid
};

/// The second column box.
struct GridColumns {
    float* sums;
    RowRing ring;
    const float* zeros;
    std::size_t next = 0;  ///< row of the grid

    GridColumns(const SweepPlan& plan, const Sweep& sweep)
        : sums(sweep.grid),
          ring{sweep.grid + kDecimatedSide, plan.capacity, kDecimatedSide},
          zeros(sweep.zeros) {
        std::fill_n(sums, kDecimatedSide, 0.0F);
    }
};

/// The cosines of the plain twin, and the same with rows and columns exchanged.
struct DctTables {
    DctMatrix by_frequency = make_dct_matrix();
    alignas(64) float by_sample[kDecimatedSide][kBlockSide] = {};

    DctTables() {
        for (std::size_t i = 0; i < kBlockSide; ++i) {
            for (std::size_t k = 0; k < kDecimatedSide; ++k) {
                by_sample[k][i] = by_frequency[i][k];
            }
        }
    }
};

const DctTables& dct_tables() {
    static const DctTables tables;
    return tables;
}

namespace baseline {

#define REFRAIN_TARGET gnu::flatten
#if defined(__aarch64__)
constexpr const char* kName = "neon";
#elif defined(__x86_64__)
constexpr const char* kName = "sse2";
#else
constexpr const char* kName = "portable";
#endif
constexpr int kQuads = 1;
constexpr int kStack = 4;

using Floats __attribute__((vector_size(16), may_alias)) = float;
using Ints __attribute__((vector_size(16))) = std::int32_t;

struct Rgb {
    Ints red;
    Ints green;
    Ints blue;
};

[[gnu::always_inline]] inline Rgb rgb_of(const std::uint8_t* const* rows, std::ptrdiff_t offset) {
    const std::uint8_t* from = *rows + offset;
#if defined(__aarch64__)
    constexpr std::uint8_t kZero = 255;  // an index out of range
    const auto spread = [bytes = vld1q_u8(from)](std::uint8_t first) {
        const auto at = [first](int i) {
            return static_cast<std::uint8_t>(first + 3 * i);
        };
        const std::uint8_t index[16] = {at(0), kZero, kZero, kZero, at(1), kZero, kZero, kZero,
                                        at(2), kZero, kZero, kZero, at(3), kZero, kZero, kZero};
        return reinterpret_cast<Ints>(vqtbl1q_u8(bytes, vld1q_u8(index)));
    };
    return {spread(0), spread(1), spread(2)};
#elif defined(__x86_64__)
    const auto pixel = [from](int i) {
        std::int32_t bytes = 0;
        std::memcpy(&bytes, from + std::ptrdiff_t{3} * i, sizeof bytes);
        return bytes;
    };
    const Ints pixels = {pixel(0), pixel(1), pixel(2), pixel(3)};
    return {pixels & 255, pixels >> 8 & 255, pixels >> 16 & 255};
#else
    return {{from[0], from[3], from[6], from[9]},
            {from[1], from[4], from[7], from[10]},
            {from[2], from[5], from[8], from[11]}};
#endif
}

[[gnu::always_inline]] inline Floats divide(Floats sum, Divisor divisor) {
    return sum / divisor.count;
}

[[gnu::always_inline]] inline Floats low_halves(Floats a, Floats b) {
    return __builtin_shufflevector(a, b, 0, 4, 1, 5);
}
[[gnu::always_inline]] inline Floats high_halves(Floats a, Floats b) {
    return __builtin_shufflevector(a, b, 2, 6, 3, 7);
}
[[gnu::always_inline]] inline Floats low_pairs(Floats a, Floats b) {
    return __builtin_shufflevector(a, b, 0, 1, 4, 5);
}
[[gnu::always_inline]] inline Floats high_pairs(Floats a, Floats b) {
    return __builtin_shufflevector(a, b, 2, 3, 6, 7);
}

[[gnu::always_inline]] inline void store_quads(Floats samples,
                                               float* const* rows,
                                               std::ptrdiff_t offset) {
    std::memcpy(rows[0] + offset, &samples, sizeof samples);
}

#include "hash/pdq_sweep.inc"
#undef REFRAIN_TARGET

}  // namespace baseline

#if defined(__x86_64__)

namespace avx2 {

// clang-format off
# define REFRAIN_TARGET gnu::target("avx2,fma")
// clang-format on
constexpr const char* kName = "avx2";
constexpr int kQuads = 2;
constexpr int kStack = 2;

using Floats = __m256;
using Ints __attribute__((vector_size(32))) = std::int32_t;

struct Rgb {
    Ints red;
    Ints green;
    Ints blue;
};

[[REFRAIN_TARGET, gnu::always_inline]] inline __m128i load_quad(const std::uint8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

/// Every third byte from `first` on, each of 32 bits.
[[REFRAIN_TARGET, gnu::always_inline]] inline Ints spread(__m256i bytes, int first) {
    const __m256i index =
        _mm256_add_epi32(_mm256_setr_epi32(-256, -253, -250, -247, -256, -253, -250, -247),
                         _mm256_set1_epi32(first));
    return reinterpret_cast<Ints>(_mm256_shuffle_epi8(bytes, index));
}

[[REFRAIN_TARGET, gnu::always_inline]] inline Rgb rgb_of(const std::uint8_t* const* rows,
                                                         std::ptrdiff_t offset) {
    const __m256i bytes = _mm256_inserti128_si256(
        _mm256_castsi128_si256(load_quad(rows[0] + offset)), load_quad(rows[4] + offset), 1);
    return {spread(bytes, 0), spread(bytes, 1), spread(bytes, 2)};
}

/// One step of Newton's from the product with the rounded reciprocal: for whole numbers up to 512,
/// the widest window, the quotient is correctly rounded (a test goes through all mantissas).
[[REFRAIN_TARGET, gnu::always_inline]] inline Floats divide(Floats sum, Divisor divisor) {
    const Floats reciprocal = _mm256_set1_ps(divisor.reciprocal);
    const Floats product = sum * reciprocal;
    const Floats rest = _mm256_fnmadd_ps(product, _mm256_set1_ps(divisor.count), sum);
    return _mm256_fmadd_ps(rest, reciprocal, product);
}

[[REFRAIN_TARGET, gnu::always_inline]] inline Floats low_halves(Floats a, Floats b) {
    return _mm256_unpacklo_ps(a, b);
}
[[REFRAIN_TARGET, gnu::always_inline]] inline Floats high_halves(Floats a, Floats b) {
    return _mm256_unpackhi_ps(a, b);
}
[[REFRAIN_TARGET, gnu::always_inline]] inline Floats low_pairs(Floats a, Floats b) {
    return _mm256_shuffle_ps(a, b, 0x44);
}
[[REFRAIN_TARGET, gnu::always_inline]] inline Floats high_pairs(Floats a, Floats b) {
    return _mm256_shuffle_ps(a, b, 0xee);
}

[[REFRAIN_TARGET, gnu::always_inline]] inline void store_quads(Floats samples,
                                                               float* const* rows,
                                                               std::ptrdiff_t offset) {
    _mm_storeu_ps(rows[0] + offset, _mm256_castps256_ps128(samples));
    _mm_storeu_ps(rows[4] + offset, _mm256_extractf128_ps(samples, 1));
}

# include "hash/pdq_sweep.inc"
# undef REFRAIN_TARGET

}  // namespace avx2

namespace avx512 {

// clang-format off
# define REFRAIN_TARGET gnu::target("avx512f,avx512bw,avx512dq,avx512vl,fma")
// clang-format on
constexpr const char* kName = "avx512";
constexpr int kQuads = 4;
constexpr int kStack = 2;

using Floats = __m512;
using Ints __attribute__((vector_size(64))) = std::int32_t;

struct Rgb {
    Ints red;
    Ints green;
    Ints blue;
};

[[REFRAIN_TARGET, gnu::always_inline]] inline __m128i load_quad(const std::uint8_t* from) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

[[REFRAIN_TARGET, gnu::always_inline]] inline Ints spread(__m512i bytes, int first) {
    const __m512i index =
        _mm512_add_epi32(_mm512_setr4_epi32(-256, -253, -250, -247), _mm512_set1_epi32(first));
    return reinterpret_cast<Ints>(_mm512_shuffle_epi8(bytes, index));
}

[[REFRAIN_TARGET, gnu::always_inline]] inline Rgb rgb_of(const std::uint8_t* const* rows,
                                                         std::ptrdiff_t offset) {
    __m512i bytes = _mm512_castsi128_si512(load_quad(rows[0] + offset));
    bytes = _mm512_inserti32x4(bytes, load_quad(rows[4] + offset), 1);
    bytes = _mm512_inserti32x4(bytes, load_quad(rows[8] + offset), 2);
    bytes = _mm512_inserti32x4(bytes, load_quad(rows[12] + offset), 3);
    return {spread(bytes, 0), spread(bytes, 1), spread(bytes, 2)};
}

/// As avx2::divide.
[[REFRAIN_TARGET, gnu::always_inline]] inline Floats divide(Floats sum, Divisor divisor) {
    const Floats reciprocal = _mm512_set1_ps(divisor.reciprocal);
    const Floats product = sum * reciprocal;
    const Floats rest = _mm512_fnmadd_ps(product, _mm512_set1_ps(divisor.count), sum);
    return _mm512_fmadd_ps(rest, reciprocal, product);
}

[[REFRAIN_TARGET, gnu::always_inline]] inline Floats low_halves(Floats a, Floats b) {
    return _mm512_unpacklo_ps(a, b);
}
[[REFRAIN_TARGET, gnu::always_inline]] inline Floats high_halves(Floats a, Floats b) {
    return _mm512_unpackhi_ps(a, b);
}
[[REFRAIN_TARGET, gnu::always_inline]] inline Floats low_pairs(Floats a, Floats b) {
    return _mm512_shuffle_ps(a, b, 0x44);
}
[[REFRAIN_TARGET, gnu::always_inline]] inline Floats high_pairs(Floats a, Floats b) {
    return _mm512_shuffle_ps(a, b, 0xee);
}

[[REFRAIN_TARGET, gnu::always_inline]] inline void store_quads(Floats samples,
                                                               float* const* rows,
                                                               std::ptrdiff_t offset) {
    _mm_storeu_ps(rows[0] + offset, _mm512_castps512_ps128(samples));
    _mm_storeu_ps(rows[4] + offset, _mm512_extractf32x4_ps(samples, 1));
    _mm_storeu_ps(rows[8] + offset, _mm512_extractf32x4_ps(samples, 2));
    _mm_storeu_ps(rows[12] + offset, _mm512_extractf32x4_ps(samples, 3));
}

# include "hash/pdq_sweep.inc"
# undef REFRAIN_TARGET

}  // namespace avx512

#endif

}  // namespace

std::vector<const PdqKernels*> usable_pdq_kernels() {
    std::vector<const PdqKernels*> usable{&baseline::kKernels};
#if defined(__x86_64__)
    const base::CpuFeatures& cpu = base::cpu_features();
    if (cpu.has_avx2 && cpu.has_fma) {
        usable.push_back(&avx2::kKernels);
    }
    if (cpu.has_avx512f && cpu.has_avx512bw && cpu.has_avx512dq && cpu.has_avx512vl) {
        usable.push_back(&avx512::kKernels);
    }
#endif
    return usable;
}

const PdqKernels& pdq_kernels() {
    static const PdqKernels& fastest = *usable_pdq_kernels().back();
    return fastest;
}

}  // namespace refrain::hash
