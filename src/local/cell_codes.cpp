#include "local/cell_codes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>

namespace refrain::local {

namespace {

constexpr double kLeastSide = 4;
constexpr int kOrderBits = 7;
constexpr std::uint8_t kAllBits = (1U << kOrderBits) - 1;
// Parts differ clearly from this share of the cell's contrast on.
constexpr float kSureShare = 0.12F;
constexpr std::uint8_t kKeptBits = kAllBits >> 1U;
constexpr int kDetailShift = 6;

// The parts that are compared, by their numbers row by row: left and right, top and bottom, both
// diagonals, and the middle with three sides.
constexpr std::array<std::array<int, 2>, kOrderBits> kCompared{
    {{3, 5}, {1, 7}, {0, 8}, {2, 6}, {4, 1}, {4, 3}, {4, 5}}};

// A cell shows something if its contrast is more than a share of that of the picture's strong
// cells, and more than what compression leaves, levels.
constexpr double kStrong = 0.9;
constexpr float kLittleShare = 0.07F;
constexpr float kDetailShare = 0.2F;
constexpr float kLeastLittle = 4;
constexpr float kLeastDetail = 6;

/// Sums of all samples left of and above a place.
class AreaSums {
  public:
    explicit AreaSums(const Plane& plane)
        : width_(plane.width()),
          height_(plane.height()),
          sums_(static_cast<std::size_t>(width_ + 1) * static_cast<std::size_t>(height_ + 1)) {
        for (int y = 0; y < height_; ++y) {
            const std::uint8_t* row = plane.row(y);
            std::uint32_t sum = 0;
            for (int x = 0; x < width_; ++x) {
                sum += row[x];
                sums_[index(x + 1, y + 1)] = sums_[index(x + 1, y)] + sum;
            }
        }
    }

    /// The mean of a box inside the plane, whose ends lie between samples. Area > 0.
    [[nodiscard]] float mean_between(double left, double top, double right, double bottom) const {
        const double sum = sum_until(right, bottom) - sum_until(left, bottom) -
                           sum_until(right, top) + sum_until(left, top);
        return static_cast<float>(sum / ((right - left) * (bottom - top)));
    }

  private:
    [[nodiscard]] double sum_until(double x, double y) const {
        const int column = std::clamp(static_cast<int>(x), 0, width_ - 1);
        const int row = std::clamp(static_cast<int>(y), 0, height_ - 1);
        const double across = std::clamp(x - column, 0.0, 1.0);
        const double down = std::clamp(y - row, 0.0, 1.0);
        const auto between = [&](int at) {
            const double first = sums_[index(column, at)];
            return first + across * (sums_[index(column + 1, at)] - first);
        };
        const double upper = between(row);
        return upper + down * (between(row + 1) - upper);
    }

    [[nodiscard]] std::size_t index(int x, int y) const {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(width_ + 1) +
               static_cast<std::size_t>(x);
    }

    int width_;
    int height_;
    std::vector<std::uint32_t> sums_;
};

int rounded(double value) { return static_cast<int>(std::lround(value)); }

/// Where `parts` even parts of `length` samples begin, and the end. `parts` is at most `length`.
std::vector<int> boundaries(int length, int parts) {
    const double size = static_cast<double>(length) / parts;
    std::vector<int> made;
    for (int part = 0; part <= parts; ++part) {
        made.push_back(rounded(part * size));
    }
    return made;
}

/// Signed throughout, so that compilers turn it into vectors.
void mean_row(const std::vector<std::int32_t>& sums,
              const std::vector<std::int32_t>& lengths,
              int height,
              std::uint8_t* samples) {
    for (std::size_t x = 0; x < sums.size(); ++x) {
        const float mean =
            static_cast<float>(sums[x]) / static_cast<float>(lengths[x] * height) + 0.5F;
        samples[x] = static_cast<std::uint8_t>(static_cast<std::int32_t>(mean));
    }
}

}  // namespace

CellGrid grid_of(int width, int height, int columns, int rows) {
    CellGrid grid;
    grid.columns = columns;
    grid.rows = rows;
    grid.side = std::min(static_cast<double>(width) / columns, static_cast<double>(height) / rows);
    grid.left = (width - columns * grid.side) / 2;
    grid.top = (height - rows * grid.side) / 2;
    return grid;
}

CellGrid finest_grid(int width, int height, int most_cells) {
    const double side =
        std::max(kLeastSide, std::sqrt(static_cast<double>(width) * height / most_cells));
    const int columns = std::max(1, static_cast<int>(width / side));
    const int rows = std::max(1, static_cast<int>(height / side));
    return grid_of(width, height, std::min(columns, most_cells),
                   std::min(rows, std::max(1, most_cells / columns)));
}

CellLook look_of(const float (&parts)[kCellParts * kCellParts]) {
    CellLook look;
    const auto [darkest, lightest] = std::minmax_element(std::begin(parts), std::end(parts));
    look.contrast = *lightest - *darkest;
    for (std::size_t bit = 0; bit < kCompared.size(); ++bit) {
        const float more = parts[kCompared[bit][0]] - parts[kCompared[bit][1]];
        const bool is_sure = std::abs(more) > kSureShare * look.contrast;
        look.order = static_cast<std::uint8_t>(look.order | unsigned{more > 0} << bit);
        look.sure = static_cast<std::uint8_t>(look.sure | unsigned{is_sure} << bit);
    }
    return look;
}

float order_distance(std::uint8_t order, const CellLook& look) {
    const int sure = std::popcount(look.sure);
    if (sure == 0) {
        return kMostOrderDistance;
    }
    const int unlike = std::popcount(static_cast<unsigned>((order ^ look.order) & look.sure));
    return static_cast<float>(std::min(unlike, sure - unlike) * kOrderBits) /
           static_cast<float>(sure);
}

DetailBounds detail_bounds(std::vector<float>& contrasts) {
    if (contrasts.empty()) {
        return {kLeastLittle, kLeastDetail};
    }
    const auto rank =
        static_cast<std::ptrdiff_t>(kStrong * static_cast<double>(contrasts.size() - 1));
    std::nth_element(contrasts.begin(), contrasts.begin() + rank, contrasts.end());
    const float strong = contrasts[static_cast<std::size_t>(rank)];
    return {std::max(kLeastLittle, kLittleShare * strong),
            std::max(kLeastDetail, kDetailShare * strong)};
}

std::uint8_t packed_cell(std::uint8_t order, CellDetail detail) {
    const bool is_inverted = order > kKeptBits;
    const unsigned kept = (is_inverted ? ~unsigned{order} : unsigned{order}) & kKeptBits;
    return static_cast<std::uint8_t>(kept | static_cast<unsigned>(detail) << kDetailShift);
}

std::uint8_t order_of(std::uint8_t cell) { return cell & kKeptBits; }

CellDetail detail_of(std::uint8_t cell) {
    return static_cast<CellDetail>(std::min(cell >> kDetailShift, 2));
}

std::vector<std::uint8_t> cell_codes(const Plane& plane, const CellGrid& grid) {
    const AreaSums sums(plane);
    std::vector<CellLook> looks;
    std::vector<float> contrasts;
    const double part = grid.side / kCellParts;
    for (int row = 0; row < grid.rows; ++row) {
        for (int column = 0; column < grid.columns; ++column) {
            float parts[kCellParts * kCellParts];
            for (int i = 0; i < kCellParts * kCellParts; ++i) {
                const double x = grid.left + (column * kCellParts + i % kCellParts) * part;
                const double y = grid.top + (row * kCellParts + i / kCellParts) * part;
                parts[i] = sums.mean_between(x, y, x + part, y + part);
            }
            looks.push_back(look_of(parts));
            contrasts.push_back(looks.back().contrast);
        }
    }
    const DetailBounds bounds = detail_bounds(contrasts);
    std::vector<std::uint8_t> codes;
    codes.reserve(looks.size());
    for (const CellLook& look : looks) {
        codes.push_back(packed_cell(look.order, bounds.of(look.contrast)));
    }
    return codes;
}

std::vector<std::uint8_t> shrunk(const Plane& plane, int most_side, int& width, int& height) {
    const int longest = std::max(plane.width(), plane.height());
    const double factor = longest > most_side ? static_cast<double>(most_side) / longest : 1.0;
    width = std::clamp(rounded(plane.width() * factor), 1, most_side);
    height = std::clamp(rounded(plane.height() * factor), 1, most_side);
    const std::vector<int> columns = boundaries(plane.width(), width);
    const std::vector<int> rows = boundaries(plane.height(), height);
    const auto across = static_cast<std::size_t>(width);
    std::vector<std::uint8_t> samples(across * static_cast<std::size_t>(height));
    std::vector<std::uint32_t> heaps(static_cast<std::size_t>(plane.width()));
    // The heaps before each column together: a mean needs two of them, however wide it is.
    std::vector<std::uint32_t> before(heaps.size() + 1);
    std::vector<std::int32_t> sums(across);
    std::vector<std::int32_t> lengths(across);
    for (std::size_t x = 0; x < across; ++x) {
        lengths[x] = columns[x + 1] - columns[x];
    }
    for (std::size_t y = 0; y + 1 < rows.size(); ++y) {
        std::fill(heaps.begin(), heaps.end(), 0U);
        for (int from = rows[y]; from < rows[y + 1]; ++from) {
            const std::uint8_t* row = plane.row(from);
            std::transform(heaps.begin(), heaps.end(), row, heaps.begin(), std::plus<>());
        }
        std::partial_sum(heaps.begin(), heaps.end(), before.begin() + 1);
        for (std::size_t x = 0; x < across; ++x) {
            sums[x] = static_cast<std::int32_t>(before[static_cast<std::size_t>(columns[x + 1])] -
                                                before[static_cast<std::size_t>(columns[x])]);
        }
        mean_row(sums, lengths, rows[y + 1] - rows[y], samples.data() + y * across);
    }
    return samples;
}

}  // namespace refrain::local
