#include "local/plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace refrain::local {

namespace {

constexpr int kOne = 256;

/// Where the samples of one side come from: `at` and `at + 1`, the latter with `weight` 256ths.
struct Taps {
    std::vector<int> at;
    std::vector<int> weight;

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
    std::vector<std::uint16_t> line(static_cast<std::size_t>(in.width()));
    for (int r = 0; r < height; ++r) {
        const auto row_at = static_cast<std::size_t>(r);
        const std::uint8_t* upper = in.row(rows.at[row_at]);
        const std::uint8_t* lower = in.row(rows.at[row_at] + 1);
        const auto below = static_cast<std::uint16_t>(rows.weight[row_at]);
        const auto above = static_cast<std::uint16_t>(kOne - below);
        for (std::size_t c = 0; c < line.size(); ++c) {
            line[c] = static_cast<std::uint16_t>(upper[c] * above + lower[c] * below);
        }
        std::uint8_t* samples = out.row(r);
        for (std::size_t c = 0; c < columns.at.size(); ++c) {
            const auto at = static_cast<std::size_t>(columns.at[c]);
            const auto right = static_cast<std::uint32_t>(columns.weight[c]);
            const std::uint32_t sum = line[at] * (kOne - right) + line[at + 1] * right;
            samples[c] = static_cast<std::uint8_t>((sum + kOne * kOne / 2) / (kOne * kOne));
        }
    }
    out.mirror_margin();
}

namespace {

// GCC and Clang vectorize these loops when told that nothing overlaps; sixteen bits are enough for
// 255 * 256 + 128.

void weigh_rows(const std::uint8_t* const* rows,
                std::size_t count,
                std::uint16_t* __restrict line) {
    const std::uint8_t* __restrict a = rows[0];
    const std::uint8_t* __restrict b = rows[1];
    const std::uint8_t* __restrict c = rows[2];
    const std::uint8_t* __restrict d = rows[3];
    const std::uint8_t* __restrict e = rows[4];
    for (std::size_t i = 0; i < count; ++i) {
        line[i] = static_cast<std::uint16_t>(a[i] + e[i] + 4 * (b[i] + d[i]) + 6 * c[i]);
    }
}

void weigh_columns(const std::uint16_t* __restrict line,
                   std::size_t spacing,
                   std::size_t count,
                   std::uint8_t* __restrict samples) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto sum = static_cast<std::uint16_t>(
            line[i] + line[i + 4 * spacing] + 4 * (line[i + spacing] + line[i + 3 * spacing]) +
            6 * line[i + 2 * spacing] + 128);
        samples[i] = static_cast<std::uint8_t>(sum >> 8);
    }
}

}  // namespace

void blur(const Plane& in, int spacing, Plane& out) {
    out.resize(in.width(), in.height());
    const int reach = 2 * spacing;
    const auto width = static_cast<std::size_t>(in.width());
    const auto step = static_cast<std::size_t>(spacing);
    std::vector<std::uint16_t> line(width + 4 * step);
    for (int r = 0; r < in.height(); ++r) {
        std::array<const std::uint8_t*, 5> rows{};
        for (int i = 0; i < 5; ++i) {
            rows[static_cast<std::size_t>(i)] = in.row(r + (i - 2) * spacing) - reach;
        }
        weigh_rows(rows.data(), line.size(), line.data());
        weigh_columns(line.data(), step, width, out.row(r));
    }
    out.mirror_margin();
}

}  // namespace refrain::local
