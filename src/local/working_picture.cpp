#include "local/working_picture.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace refrain::local {

namespace {

/// Brings the mean of samples to 0..255 full range, rounded.
struct Levels {
    frame::LumaRange range;

    explicit Levels(const frame::LumaView& luma) : range(frame::range_of(luma)) {}

    /// `sum` of samples over shares that add up to `shares`.
    [[nodiscard]] std::uint8_t operator()(std::uint64_t sum, std::uint64_t shares) const {
        const auto weight = std::max<std::int64_t>(1, static_cast<std::int64_t>(shares));
        const std::int64_t above =
            std::max<std::int64_t>(0, static_cast<std::int64_t>(sum) - range.black * weight);
        const std::int64_t span = (range.white - range.black) * weight;
        // Halved first, so that 16-bit samples times 255 cannot overflow.
        return static_cast<std::uint8_t>(
            std::min<std::int64_t>(255, ((above / 2) * 255 + span / 4) / (span / 2)));
    }
};

/// The picture as it lies, shrunk to `width` times `height` packed samples.
void shrink(const frame::LumaView& luma,
            int width,
            int height,
            frame::CellSums& sums,
            std::vector<std::uint8_t>& out) {
    const Levels levels(luma);
    out.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    sums.lay(luma, width, height);
    std::uint8_t* sample = out.data();
    for (int r = 0; r < height; ++r) {
        const std::span<const std::uint64_t> row = sums.row(r);
        for (int c = 0; c < width; ++c) {
            *sample++ = levels(row[static_cast<std::size_t>(c)], sums.weight(r, c));
        }
    }
}

/// What `shrink` gives when there is nothing to shrink or to stretch.
void copy(const frame::LumaView& luma, std::vector<std::uint8_t>& out) {
    const auto width = static_cast<std::size_t>(luma.width);
    out.resize(width * static_cast<std::size_t>(luma.height));
    for (int r = 0; r < luma.height; ++r) {
        std::memcpy(out.data() + static_cast<std::size_t>(r) * width, luma.row(r), width);
    }
}

/// Lays packed samples so that the picture stands upright.
void lay_upright(const std::vector<std::uint8_t>& samples,
                 int width,
                 int height,
                 const frame::Dihedral& upright,
                 Plane& out) {
    out.resize(upright.transposes ? height : width, upright.transposes ? width : height);
    const frame::ReadOrder order = frame::read_order(upright, width, height);
    for (int r = 0; r < out.height(); ++r) {
        std::uint8_t* row = out.row(r);
        const std::uint8_t* from = samples.data() + order.start + r * order.per_row;
        for (int c = 0; c < out.width(); ++c) {
            row[c] = from[c * order.per_column];
        }
    }
}

}  // namespace

void WorkingPicture::make(const frame::LumaView& luma, int max_side, Plane& out) {
    const int side = std::max(luma.width, luma.height);
    const auto shorten = [&](int length) {
        if (side <= max_side) {
            return length;
        }
        const std::int64_t twice = 2 * std::int64_t{length} * max_side;
        return std::max(1, static_cast<int>((twice + side) / (2 * std::int64_t{side})));
    };
    const int width = shorten(luma.width);
    const int height = shorten(luma.height);
    if (side <= max_side && luma.bits <= 8 && luma.is_full_range) {
        copy(luma, small_);
    } else {
        shrink(luma, width, height, sums_, small_);
    }

    lay_upright(small_, width, height, luma.upright, out);
    int long_side = std::max(width, height);
    // The margin of a plane must be shorter than its sides; strips are left as they are.
    while (long_side < kMinLongSide && 2 * long_side <= max_side &&
           std::min(out.width(), out.height()) > 1) {
        std::swap(before_, out);
        resample(before_, 2 * before_.width(), 2 * before_.height(), out);
        long_side *= 2;
    }
}

}  // namespace refrain::local
