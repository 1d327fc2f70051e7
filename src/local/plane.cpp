#include "local/plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "local/plane_kernels.h"

namespace refrain::local {

namespace {

constexpr int kOne = 256;

/// Where the samples of one side come from: `at` and `at + 1`, the latter with `weight` 256ths.
struct Taps {
    std::vector<std::int32_t> at;
    std::vector<std::int32_t> weight;

    Taps(int from, int to)
        : at(static_cast<std::size_t>(to)), weight(static_cast<std::size_t>(to)) {
        // The second half is the mirror image of the first, so that rounding keeps the symmetry.
        for (int i = 0; i < (to + 1) / 2; ++i) {
            const double centre = std::max(
                0.0, (i + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5);
            const auto first = static_cast<std::size_t>(i);
            const auto last = static_cast<std::size_t>(to - 1 - i);
            at[first] = std::min(static_cast<int>(centre), std::max(0, from - 2));
            weight[first] =
                std::min(kOne, static_cast<int>(std::lround((centre - at[first]) * kOne)));
            at[last] = std::max(0, from - 2 - at[first]);
            weight[last] = kOne - weight[first];
        }
    }

    /// The weights of both, as `mix_columns` takes them.
    [[nodiscard]] std::vector<std::int32_t> pairs() const {
        std::vector<std::int32_t> both(weight);
        for (std::int32_t& right : both) {
            right = (kOne - right) | right << 16;
        }
        return both;
    }
};

}  // namespace

void Plane::mirror_margin() {
    for (int r = 0; r < height_; ++r) {
        std::uint8_t* samples = row(r);
        for (int i = 1; i <= kMargin; ++i) {
            samples[-i] = samples[i];
            samples[width_ - 1 + i] = samples[width_ - 1 - i];
        }
    }
    const auto bytes = static_cast<std::size_t>(stride_);
    for (int i = 1; i <= kMargin; ++i) {
        std::memcpy(row(-i) - kMargin, row(i) - kMargin, bytes);
        std::memcpy(row(height_ - 1 + i) - kMargin, row(height_ - 1 - i) - kMargin, bytes);
    }
}

void resample(const Plane& in, int width, int height, Plane& out) {
    out.resize(width, height);
    const Taps rows(in.height(), height);
    const Taps columns(in.width(), width);
    const std::vector<std::int32_t> weights = columns.pairs();
    const PlaneKernels& kernels = plane_kernels();
    const auto length = static_cast<std::size_t>(in.width());
    std::vector<std::uint16_t> line(length + PlaneKernels::kReadBeyond);
    for (int r = 0; r < height; ++r) {
        const auto row_at = static_cast<std::size_t>(r);
        const std::uint8_t* upper = in.row(rows.at[row_at]);
        const std::uint8_t* lower = in.row(rows.at[row_at] + 1);
        const auto below = static_cast<std::uint16_t>(rows.weight[row_at]);
        const auto above = static_cast<std::uint16_t>(kOne - below);
        kernels.mix_rows(upper, lower, above, below, length, line.data());
        kernels.mix_columns(line.data(), columns.at.data(), weights.data(), weights.size(),
                            out.row(r));
    }
    out.mirror_margin();
}

void blur(const Plane& in, int spacing, Plane& out) {
    out.resize(in.width(), in.height());
    const int reach = 2 * spacing;
    const auto width = static_cast<std::size_t>(in.width());
    const auto step = static_cast<std::size_t>(spacing);
    const PlaneKernels& kernels = plane_kernels();
    std::vector<std::uint16_t> line(width + 4 * step);
    for (int r = 0; r < in.height(); ++r) {
        std::array<const std::uint8_t*, 5> rows{};
        for (int i = 0; i < 5; ++i) {
            rows[static_cast<std::size_t>(i)] = in.row(r + (i - 2) * spacing) - reach;
        }
        kernels.weigh_rows(rows.data(), line.size(), line.data());
        kernels.weigh_columns(line.data(), step, width, out.row(r));
    }
    out.mirror_margin();
}

}  // namespace refrain::local
