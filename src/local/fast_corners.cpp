#include "local/fast_corners.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/cpu_features.h"
#include "base/intrinsics.h"

namespace refrain::local {

namespace {

/// The longest step of all kernels.
constexpr int kMaxLanes = 64;

constexpr int rounded_up(int value, int step) { return (value + step - 1) / step * step; }

/// Where the sixteen samples of the ring lie, seen from its centre, one after another.
struct Ring {
    std::ptrdiff_t steps[16];

    explicit Ring(std::ptrdiff_t stride)
        : steps{3 * stride,  3 * stride + 1,  2 * stride + 2,  stride + 3,
                3,           -stride + 3,     -2 * stride + 2, -3 * stride + 1,
                -3 * stride, -3 * stride - 1, -2 * stride - 2, -stride - 3,
                -3,          stride - 3,      2 * stride - 2,  3 * stride - 1} {}
};

namespace plain {

/// What the weakest of nine in a row has, for the best of the sixteen runs; at least 0.
int best_run(const int* differences) {
    int best = 0;
    for (int first = 0; first < 16; ++first) {
        int weakest = 255;
        for (int i = 0; i < 9; ++i) {
            weakest = std::min(weakest, differences[(first + i) % 16]);
        }
        best = std::max(best, weakest);
    }
    return best;
}

void score_row(const std::uint8_t* row,
               std::ptrdiff_t stride,
               int count,
               int threshold,
               std::uint8_t* scores) {
    const Ring ring(stride);
    for (int c = 0; c < count; ++c) {
        int brighter[16];
        int darker[16];
        for (int i = 0; i < 16; ++i) {
            brighter[i] = row[c + ring.steps[i]] - row[c];
            darker[i] = -brighter[i];
        }
        const int best = std::max(best_run(brighter), best_run(darker));
        scores[c] = static_cast<std::uint8_t>(best > threshold ? best - 1 : 0);
    }
}

void keep_peaks(const std::uint8_t* const* scores, int count, std::uint8_t* peaks) {
    for (int c = 0; c < count; ++c) {
        const std::uint8_t score = scores[1][c];
        bool is_peak = score > scores[1][c - 1] && score > scores[1][c + 1];
        for (const int row : {0, 2}) {
            for (int x = c - 1; x <= c + 1; ++x) {
                is_peak = is_peak && score > scores[row][x];
            }
        }
        peaks[c] = is_peak ? score : std::uint8_t{0};
    }
}

constexpr FastKernels kKernels{"plain", 1, score_row, keep_peaks};

}  // namespace plain

namespace baseline {

#define REFRAIN_TARGET gnu::flatten
constexpr const char* kName = "baseline";
using Bytes __attribute__((vector_size(16))) = std::uint8_t;

[[gnu::always_inline]] inline bool has_any(Bytes bytes) {
    std::uint64_t halves[2];
    std::memcpy(halves, &bytes, sizeof bytes);
    return (halves[0] | halves[1]) != 0;
}

#include "local/fast_rows.inc"
#undef REFRAIN_TARGET

}  // namespace baseline

#if defined(__x86_64__)

namespace avx2 {

# define REFRAIN_TARGET gnu::target("avx2")
constexpr const char* kName = "avx2";
using Bytes __attribute__((vector_size(32))) = std::uint8_t;

[[REFRAIN_TARGET, gnu::always_inline]] inline bool has_any(Bytes bytes) {
    const auto whole = reinterpret_cast<__m256i>(bytes);
    return _mm256_testz_si256(whole, whole) == 0;
}

# include "local/fast_rows.inc"
# undef REFRAIN_TARGET

}  // namespace avx2

namespace avx512 {

// clang-format off
# define REFRAIN_TARGET gnu::target("avx512f,avx512bw")
// clang-format on
constexpr const char* kName = "avx512";
using Bytes __attribute__((vector_size(64))) = std::uint8_t;

[[REFRAIN_TARGET, gnu::always_inline]] inline bool has_any(Bytes bytes) {
    const auto whole = reinterpret_cast<__m512i>(bytes);
    return _mm512_test_epi8_mask(whole, whole) != 0;
}

# include "local/fast_rows.inc"
# undef REFRAIN_TARGET

}  // namespace avx512

#endif

}  // namespace

std::vector<const FastKernels*> usable_fast_kernels() {
    std::vector<const FastKernels*> usable{&plain::kKernels, &baseline::kKernels};
#if defined(__x86_64__)
    const base::CpuFeatures& cpu = base::cpu_features();
    if (cpu.has_avx2) {
        usable.push_back(&avx2::kKernels);
    }
    if (cpu.has_avx512f && cpu.has_avx512bw) {
        usable.push_back(&avx512::kKernels);
    }
#endif
    return usable;
}

const FastKernels& fast_kernels() {
    static const FastKernels* const fastest = usable_fast_kernels().back();
    return *fastest;
}

/// Rows take turns in three places. Before each lie scores that stay 0, and behind it as well.
std::uint8_t* FastDetector::scores_of(int row) {
    return scores_.data() + static_cast<std::size_t>(row + 1) % 3 * room_ + kMaxLanes;
}

void FastDetector::append_peaks(const Area& area, int row, std::vector<FastCorner>& out) {
    const std::uint8_t* const rows[3] = {scores_of(row - 1), scores_of(row), scores_of(row + 1)};
    kernels_->keep_peaks(rows, area.width, peaks_.data());
    // What a step wrote beyond the area is no corner of it.
    std::memset(peaks_.data() + area.width, 0, sizeof(std::uint64_t));
    for (int c = 0; c < area.width; c += static_cast<int>(sizeof(std::uint64_t))) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, peaks_.data() + c, sizeof eight);
        if (eight == 0) {
            continue;
        }
        for (int i = c; i < c + static_cast<int>(sizeof eight); ++i) {
            if (const std::uint8_t score = peaks_[static_cast<std::size_t>(i)]; score != 0) {
                out.push_back({area.x + i, area.y + row, score});
            }
        }
    }
}

void FastDetector::find(const Plane& level,
                        const Area& area,
                        int threshold,
                        std::vector<FastCorner>& out) {
    if (area.width <= 0 || area.height <= 0) {
        return;
    }
    room_ =
        static_cast<std::size_t>(rounded_up(area.width, kMaxLanes)) + 2 * std::size_t{kMaxLanes};
    scores_.assign(3 * room_, 0);
    peaks_.resize(room_);
    for (int row = 0; row <= area.height; ++row) {
        std::uint8_t* scores = scores_of(row);
        if (row < area.height) {
            kernels_->score_row(level.row(area.y + row) + area.x, level.stride(), area.width,
                                threshold, scores);
            std::memset(scores + area.width, 0, kMaxLanes);
        } else {
            std::memset(scores, 0, static_cast<std::size_t>(area.width));
        }
        if (row > 0) {
            append_peaks(area, row - 1, out);
        }
    }
}

}  // namespace refrain::local
