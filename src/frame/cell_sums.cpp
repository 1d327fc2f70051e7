#include "frame/cell_sums.h"

#include <algorithm>
#include <cstring>

namespace refrain::frame {

namespace {

// Shares of a sample are kept in 1/256: with 16-bit samples and 65535 rows a sum fits into 64 bits.
constexpr std::uint32_t kOne = 256;
/// So many whole rows of bytes add up to what 16 bits hold.
constexpr int kRowsIn16Bits = 257;
/// From so many whole rows on, 16-bit sums are faster than 32-bit ones, although they are widened
/// in the end.
constexpr int kWorthSumming = 4;

/// Adds `share` 256ths of a row to the sums of its columns.
template <typename Sample, typename Sum>
void add_share(const std::uint8_t* row, std::uint32_t share, std::vector<Sum>& sums) {
    const auto weight = static_cast<Sum>(share);
    for (std::size_t c = 0; c < sums.size(); ++c) {
        Sample sample{};
        std::memcpy(&sample, row + c * sizeof(Sample), sizeof(Sample));
        sums[c] += static_cast<Sum>(sample) * weight;
    }
}

/// Sets the sums of columns to shares of two rows of bytes. A share of a byte fits into 16 bits.
void set_shares(const std::uint8_t* upper,
                std::uint32_t upper_share,
                const std::uint8_t* lower,
                std::uint32_t lower_share,
                std::span<std::uint32_t> sums) {
    const auto above = static_cast<std::uint16_t>(upper_share);
    const auto below = static_cast<std::uint16_t>(lower_share);
    std::uint32_t* const sum = sums.data();
    for (std::size_t c = 0; c < sums.size(); ++c) {
        const auto one = static_cast<std::uint16_t>(upper[c] * above);
        const auto other = static_cast<std::uint16_t>(lower[c] * below);
        sum[c] = std::uint32_t{one} + other;
    }
}

/// Adds a row of bytes that counts in full.
void add_whole(const std::uint8_t* row, std::span<std::uint32_t> sums) {
    std::uint32_t* const sum = sums.data();
    for (std::size_t c = 0; c < sums.size(); ++c) {
        sum[c] += std::uint32_t{row[c]} * kOne;
    }
}

/// Adds rows first..last - 1 as they are, several at a time: a sum is read and written less often
/// than samples are.
void add_bytes(const LumaView& luma, int first, int last, std::vector<std::uint16_t>& sums) {
    const auto sum_of = [](auto... samples) {
        return static_cast<std::uint16_t>((samples + ...));
    };
    std::uint16_t* const sum = sums.data();
    int r = first;
    for (; r + 4 <= last; r += 4) {
        const std::uint8_t* a = luma.row(r);
        const std::uint8_t* b = luma.row(r + 1);
        const std::uint8_t* c = luma.row(r + 2);
        const std::uint8_t* d = luma.row(r + 3);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            sum[i] = sum_of(sum[i], a[i], b[i], c[i], d[i]);
        }
    }
    for (; r < last; ++r) {
        const std::uint8_t* a = luma.row(r);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            sum[i] = sum_of(sum[i], a[i]);
        }
    }
}

}  // namespace

LumaRange range_of(const LumaView& luma) {
    if (luma.is_full_range) {
        return {0, (std::int64_t{1} << luma.bits) - 1};
    }
    return {std::int64_t{16} << (luma.bits - 8), std::int64_t{235} << (luma.bits - 8)};
}

/// The samples are laid out from both ends, and each half is rounded as seen from its end.
std::uint64_t CellSums::cut(int samples, int cells, std::vector<Cell>& out) {
    const std::int64_t length = std::int64_t{kOne} * samples;
    const auto boundary = [&](int i) {
        const bool is_first_half = 2 * std::int64_t{i} <= cells;
        const std::int64_t steps = is_first_half ? i : cells - i;
        const std::int64_t at = (2 * length * steps + cells) / (2 * std::int64_t{cells});
        return is_first_half ? at : length - at;
    };
    out.resize(static_cast<std::size_t>(cells));
    std::uint64_t largest = 0;
    for (int i = 0; i < cells; ++i) {
        const std::int64_t begin = boundary(i);
        const std::int64_t end = boundary(i + 1);
        Cell& cell = out[static_cast<std::size_t>(i)];
        cell.first = static_cast<int>(begin / kOne);
        cell.last = static_cast<int>((end - 1) / kOne);
        if (cell.first == cell.last) {
            cell.first_share = static_cast<std::uint32_t>(end - begin);
            cell.last_share = cell.first_share;
        } else {
            cell.first_share = static_cast<std::uint32_t>(kOne - begin % kOne);
            cell.last_share = static_cast<std::uint32_t>((end - 1) % kOne + 1);
        }
        largest = std::max(largest, cell.shares());
    }
    return largest;
}

void CellSums::lay(const LumaView& luma, int columns, int rows) {
    luma_ = luma;
    tallest_ = cut(luma.height, rows, rows_);
    widest_ = cut(luma.width, columns, columns_);
    is_narrow_ = luma.bits <= 8 && tallest_ * 255 <= UINT32_MAX;
    is_short_ = is_narrow_ && largest_weight() * 255 <= UINT32_MAX && set_short_cells();
    const auto width = static_cast<std::size_t>(luma.width);
    if (is_narrow_) {
        narrow_.resize(width + CellKernels::kReadBeyond);
        whole_.resize(width);
    } else {
        wide_.resize(width);
    }
    before_.resize(width);
    cells_.resize(columns_.size());
}

/// @return whether there are such cells alone
bool CellSums::set_short_cells() {
    const auto is_long = [](const Cell& cell) {
        return cell.last - cell.first > 2;
    };
    if (std::any_of(columns_.begin(), columns_.end(), is_long)) {
        return false;
    }
    short_cells_.first.resize(columns_.size());
    for (std::vector<std::uint32_t>& shares : short_cells_.shares) {
        shares.assign(columns_.size(), 0);
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const Cell& cell = columns_[i];
        const int length = cell.last - cell.first;
        short_cells_.first[i] = cell.first;
        short_cells_.shares[0][i] = cell.first_share;
        if (length > 0) {
            short_cells_.shares[1][i] = length == 1 ? cell.last_share : kOne;
            short_cells_.shares[2][i] = length == 1 ? 0 : cell.last_share;
        }
    }
    return true;
}

void CellSums::add_band_of_bytes(const Cell& band) {
    const std::span<std::uint32_t> sums = narrow_sums();
    set_shares(luma_.row(band.first), band.first_share, luma_.row(band.last),
               band.last > band.first ? band.last_share : 0, sums);
    int r = band.first + 1;
    if (band.last - r < kWorthSumming) {
        for (; r < band.last; ++r) {
            add_whole(luma_.row(r), sums);
        }
    }
    for (; r < band.last; r += kRowsIn16Bits) {
        std::fill(whole_.begin(), whole_.end(), std::uint16_t{0});
        add_bytes(luma_, r, std::min(band.last, r + kRowsIn16Bits), whole_);
        for (std::size_t c = 0; c < sums.size(); ++c) {
            sums[c] += std::uint32_t{whole_[c]} * kOne;
        }
    }
}

template <typename Sample>
void CellSums::add_band(const Cell& band) {
    std::fill(wide_.begin(), wide_.end(), 0U);
    for (int r = band.first; r <= band.last; ++r) {
        const std::uint32_t share = r == band.first  ? band.first_share
                                    : r == band.last ? band.last_share
                                                     : kOne;
        add_share<Sample>(luma_.row(r), share, wide_);
    }
}

/// The inner columns of a cell count in full: what they add up to is the difference of two running
/// sums. There is no loop in a cell, whose length a processor would have to guess.
template <typename Sum>
void CellSums::add_columns(std::span<const Sum> sums) {
    std::uint64_t running = 0;
    for (std::size_t c = 0; c < sums.size(); ++c) {
        before_[c] = running;
        running += sums[c];
    }
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const Cell& cell = columns_[i];
        const auto first = static_cast<std::size_t>(cell.first);
        const auto last = static_cast<std::size_t>(cell.last);
        const std::uint64_t outer = std::uint64_t{cell.first_share} * sums[first];
        const std::uint64_t inner = before_[last] - before_[first] - sums[first];
        const std::uint64_t several =
            outer + inner * kOne + std::uint64_t{cell.last_share} * sums[last];
        cells_[i] = last > first ? several : outer;
    }
}

std::span<const std::uint64_t> CellSums::row(int r) {
    const Cell& band = rows_[static_cast<std::size_t>(r)];
    if (is_narrow_) {
        add_band_of_bytes(band);
        if (is_short_) {
            cell_kernels().add_short(narrow_.data(), short_cells_, cells_.data());
        } else {
            add_columns<std::uint32_t>(narrow_sums());
        }
    } else {
        luma_.bits > 8 ? add_band<std::uint16_t>(band) : add_band<std::uint8_t>(band);
        add_columns<std::uint64_t>(wide_);
    }
    return cells_;
}

}  // namespace refrain::frame
