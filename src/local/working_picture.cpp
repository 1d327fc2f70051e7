#include "local/working_picture.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace refrain::local {

namespace {

// Shares of a sample are kept in 1/256; 16-bit samples and 65535 rows fit into 64 bits.
constexpr std::int64_t kOne = 256;

/// The samples along one side that make up one sample of the small picture.
struct Cell {
    int first = 0;
    int last = 0;  ///< inclusive
    std::uint64_t first_share = kOne;
    std::uint64_t last_share = kOne;
    [[nodiscard]] std::uint64_t share(int at) const {
        return at == first ? first_share : (at == last ? last_share : std::uint64_t{kOne});
    }
};

/// `to` is not above `from`. The boundaries are symmetric: `from` samples are laid out twice, from
/// both ends, and each half is rounded as seen from its end.
std::vector<Cell> cells_of(int from, int to) {
    const std::int64_t length = kOne * from;
    const auto boundary = [&](int i) {
        const bool is_first_half = 2 * i <= to;
        const std::int64_t steps = is_first_half ? i : to - i;
        const std::int64_t at = (2 * length * steps + to) / (2 * std::int64_t{to});
        return is_first_half ? at : length - at;
    };
    std::vector<Cell> cells(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) {
        const std::int64_t begin = boundary(i);
        const std::int64_t end = boundary(i + 1);
        Cell& cell = cells[static_cast<std::size_t>(i)];
        cell.first = static_cast<int>(begin / kOne);
        cell.last = static_cast<int>((end - 1) / kOne);
        cell.first_share =
            static_cast<std::uint64_t>(cell.first == cell.last ? end - begin : kOne - begin % kOne);
        cell.last_share = static_cast<std::uint64_t>((end - 1) % kOne + 1);
    }
    return cells;
}

/// Brings the mean of samples to 0..255 full range, rounded.
struct Levels {
    std::int64_t black;
    std::int64_t white;

    explicit Levels(const frame::LumaView& luma)
        : black(luma.is_full_range ? 0 : std::int64_t{16} << (luma.bits - 8)),
          white(luma.is_full_range ? (std::int64_t{1} << luma.bits) - 1
                                   : std::int64_t{235} << (luma.bits - 8)) {}

    /// `sum` of samples over shares that add up to `shares`.
    [[nodiscard]] std::uint8_t operator()(std::uint64_t sum, std::uint64_t shares) const {
        const auto weight = std::max<std::int64_t>(1, static_cast<std::int64_t>(shares));
        const std::int64_t above =
            std::max<std::int64_t>(0, static_cast<std::int64_t>(sum) - black * weight);
        const std::int64_t range = (white - black) * weight;
        // Halved first, so that 16-bit samples times 255 cannot overflow.
        return static_cast<std::uint8_t>(
            std::min<std::int64_t>(255, ((above / 2) * 255 + range / 4) / (range / 2)));
    }
};

template <typename Sample, typename Sum>
void add_row(const std::uint8_t* row, std::uint64_t share, std::vector<Sum>& sums) {
    const auto weight = static_cast<Sum>(share);
    for (std::size_t c = 0; c < sums.size(); ++c) {
        Sample sample{};
        std::memcpy(&sample, row + c * sizeof(Sample), sizeof(Sample));
        sums[c] += static_cast<Sum>(sample) * weight;
    }
}

/// Whether 32 bits hold the sums over a band of rows, whatever its height.
bool is_narrow(const frame::LumaView& luma) { return luma.bits <= 8 && luma.height <= 65536; }

/// The picture as it lies, shrunk to `width` times `height` packed samples.
template <typename Sample, typename Sum>
void shrink(const frame::LumaView& luma,
            int width,
            int height,
            std::vector<Sum>& sums,
            std::vector<std::uint8_t>& out) {
    const std::vector<Cell> rows = cells_of(luma.height, height);
    const std::vector<Cell> columns = cells_of(luma.width, width);
    const Levels levels(luma);
    out.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    std::uint8_t* sample = out.data();
    for (const Cell& band : rows) {
        sums.assign(static_cast<std::size_t>(luma.width), 0);
        std::uint64_t tall = 0;
        for (int r = band.first; r <= band.last; ++r) {
            const std::uint64_t share = band.share(r);
            add_row<Sample>(luma.row(r), share, sums);
            tall += share;
        }
        for (const Cell& cell : columns) {
            std::uint64_t sum = 0;
            std::uint64_t wide = 0;
            for (int c = cell.first; c <= cell.last; ++c) {
                sum += std::uint64_t{sums[static_cast<std::size_t>(c)]} * cell.share(c);
                wide += cell.share(c);
            }
            *sample++ = levels(sum, tall * wide);
        }
    }
}

bool transposes(DihedralView view) {
    using enum DihedralView;
    return view == kRotate90 || view == kRotate270 || view == kFlipPlus1 || view == kFlipMinus1;
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
                 DihedralView view,
                 Plane& out) {
    using enum DihedralView;
    const bool is_turned = transposes(view);
    out.resize(is_turned ? height : width, is_turned ? width : height);
    // Which end of the picture as it lies the first row, and the first column, come from.
    const bool reverses_x =
        view == kRotate90 || view == kRotate180 || view == kFlipY || view == kFlipMinus1;
    const bool reverses_y =
        view == kRotate180 || view == kRotate270 || view == kFlipX || view == kFlipMinus1;
    for (int r = 0; r < out.height(); ++r) {
        std::uint8_t* row = out.row(r);
        for (int c = 0; c < out.width(); ++c) {
            const int x = is_turned ? r : c;
            const int y = is_turned ? c : r;
            const int from_x = reverses_x ? width - 1 - x : x;
            const int from_y = reverses_y ? height - 1 - y : y;
            row[c] = samples[static_cast<std::size_t>(from_y) * static_cast<std::size_t>(width) +
                             static_cast<std::size_t>(from_x)];
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
    } else if (is_narrow(luma)) {
        shrink<std::uint8_t>(luma, width, height, sums_, small_);
    } else if (luma.bits <= 8) {
        shrink<std::uint8_t>(luma, width, height, wide_sums_, small_);
    } else {
        shrink<std::uint16_t>(luma, width, height, wide_sums_, small_);
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
