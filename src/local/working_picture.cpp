#include "local/working_picture.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

namespace refrain::local {

namespace {

/// Beyond it 32 bits do not hold what a cell adds up to.
constexpr std::uint64_t kMostSum = std::numeric_limits<std::int32_t>::max();

/// `sum` of samples over shares that add up to `shares`, as 0..255 full range, rounded.
std::uint8_t level_of(std::uint64_t sum, std::uint64_t shares, const frame::LumaRange& range) {
    const auto weight = std::max<std::int64_t>(1, static_cast<std::int64_t>(shares));
    const std::int64_t above =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(sum) - range.black * weight);
    const std::int64_t span = (range.white - range.black) * weight;
    // Halved first, so that 16-bit samples times 255 cannot overflow.
    return static_cast<std::uint8_t>(
        std::min<std::int64_t>(255, ((above / 2) * 255 + span / 4) / (span / 2)));
}

}  // namespace

/// What `level_of` needs of each column, for rows of equal shares. These have two or three values
/// in a picture, and take turns.
const WorkingPicture::ColumnWeights& WorkingPicture::weights_of(std::uint64_t row_shares,
                                                                const frame::LumaRange& range) {
    for (std::size_t i = 0; i < weights_used_; ++i) {
        if (weights_[i].row_shares == row_shares) {
            return weights_[i];
        }
    }
    if (weights_used_ == weights_.size()) {
        weights_used_ = 0;
    }
    ColumnWeights& made = weights_[weights_used_++];
    made.row_shares = row_shares;
    made.blacks.clear();
    made.halves.clear();
    made.quarters.clear();
    for (int c = 0; c < sums_.columns(); ++c) {
        const auto weight = static_cast<std::int64_t>(row_shares * sums_.column_shares(c));
        const std::int64_t span = (range.white - range.black) * weight;
        made.blacks.push_back(static_cast<std::int32_t>(range.black * weight));
        const std::int64_t half = span / 2;
        const std::int64_t quarter = span / 4;
        made.halves.push_back(static_cast<double>(half));
        made.quarters.push_back(static_cast<double>(quarter));
    }
    return made;
}

/// As `level_of`, for a row of sums up to kMostSum. Quotients of whole numbers below 2^45 are at
/// least 2^-45 below the next one, so that a division of doubles rounds down as theirs does.
void WorkingPicture::level_row(std::span<const std::uint64_t> sums,
                               const ColumnWeights& weights,
                               std::uint8_t* samples) {
    const std::int32_t* const blacks = weights.blacks.data();
    const double* const halves = weights.halves.data();
    const double* const quarters = weights.quarters.data();
    for (std::size_t c = 0; c < sums.size(); ++c) {
        const std::int32_t above = std::max(0, static_cast<std::int32_t>(sums[c]) - blacks[c]);
        const std::int32_t half = above / 2;
        const double level = (static_cast<double>(half) * 255 + quarters[c]) / halves[c];
        samples[c] = static_cast<std::uint8_t>(std::min(255, static_cast<std::int32_t>(level)));
    }
}

/// The picture as it lies, shrunk to `width` times `height` packed samples.
void WorkingPicture::shrink(const frame::LumaView& luma, int width, int height) {
    const frame::LumaRange range = frame::range_of(luma);
    const auto columns = static_cast<std::size_t>(width);
    small_.resize(columns * static_cast<std::size_t>(height));
    sums_.lay(luma, width, height);
    weights_used_ = 0;
    const bool is_narrow = sums_.largest_weight() <= kMostSum >> std::max(8, luma.bits);
    for (int r = 0; r < height; ++r) {
        const std::span<const std::uint64_t> row = sums_.row(r);
        std::uint8_t* samples = small_.data() + static_cast<std::size_t>(r) * columns;
        if (is_narrow) {
            level_row(row, weights_of(sums_.row_shares(r), range), samples);
        } else {
            for (int c = 0; c < width; ++c) {
                samples[c] = level_of(row[static_cast<std::size_t>(c)], sums_.weight(r, c), range);
            }
        }
    }
}

namespace {

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
        if (order.per_column == 1) {
            std::memcpy(row, from, static_cast<std::size_t>(out.width()));
            continue;
        }
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
        shrink(luma, width, height);
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
