#include "hash/borders.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

namespace refrain::hash {

namespace {

// A hair of the picture or a compression artefact may cross a border: two in a hundred samples.
constexpr int kOutlierShare = 50;
// Along a row or column this many samples say enough.
constexpr int kMaxProbes = 256;

int sample_at(const frame::LumaView& luma, int r, int c) {
    if (luma.bits <= 8) {
        return luma.row(r)[c];
    }
    std::uint16_t value = 0;
    std::memcpy(&value, luma.row(r) + std::ptrdiff_t{c} * 2, sizeof value);
    return value >> (luma.bits - 8);
}

/// A row or a column between two ends of it.
struct Line {
    bool is_row = true;
    int begin = 0;
    int end = 0;

    [[nodiscard]] int step() const { return std::max(1, (end - begin) / kMaxProbes); }
    [[nodiscard]] int sample(const frame::LumaView& luma, int at, int along) const {
        return is_row ? sample_at(luma, at, along) : sample_at(luma, along, at);
    }
};

int mean_of(const frame::LumaView& luma, const Line& line, int at) {
    int sum = 0;
    int count = 0;
    for (int i = line.begin; i < line.end; i += line.step()) {
        sum += line.sample(luma, at, i);
        ++count;
    }
    return count == 0 ? 0 : sum / count;
}

bool is_flat(const frame::LumaView& luma, const Line& line, int at, int level) {
    int outliers = 0;
    int count = 0;
    for (int i = line.begin; i < line.end; i += line.step()) {
        outliers += std::abs(line.sample(luma, at, i) - level) > kFlatness ? 1 : 0;
        ++count;
    }
    return outliers * kOutlierShare <= count;
}

/// How many lines from `from` on, going by `direction`, are of the first one's level.
int border_width(const frame::LumaView& luma,
                 const Line& line,
                 int from,
                 int direction,
                 int limit) {
    const int level = mean_of(luma, line, from);
    int width = 0;
    while (width < limit && is_flat(luma, line, from + direction * width, level)) {
        ++width;
    }
    return width;
}

/// A part of one side of a picture, half-open.
struct Stretch {
    int begin = 0;
    int end = 0;
    int side = 1;

    [[nodiscard]] Stretch reversed() const { return {side - end, side - begin, side}; }
    /// The nearest whole samples of a side of another length, at least one.
    [[nodiscard]] Stretch scaled_to(int other) const {
        const double scale = static_cast<double>(other) / side;
        const int first = std::clamp(static_cast<int>(std::lround(begin * scale)), 0, other - 1);
        const int last = static_cast<int>(std::lround(end * scale));
        return {first, std::clamp(last, first + 1, other), other};
    }
};

}  // namespace

std::optional<Box> picture_inside_borders(const frame::LumaView& luma) {
    Box box{0, 0, luma.width, luma.height};
    const Line row{true, 0, luma.width};
    box.top = border_width(luma, row, 0, 1, luma.height);
    if (box.top == luma.height) {
        return std::nullopt;  // flat throughout
    }
    box.bottom = luma.height - border_width(luma, row, luma.height - 1, -1, luma.height);
    const Line column{false, box.top, box.bottom};
    box.left = border_width(luma, column, 0, 1, luma.width);
    box.right = luma.width - border_width(luma, column, luma.width - 1, -1, luma.width - box.left);
    const int width = box.right - box.left;
    const int height = box.bottom - box.top;
    const bool is_worth_it = luma.width - width >= kMinBorder * luma.width ||
                             luma.height - height >= kMinBorder * luma.height;
    const bool is_enough = width >= kMinInside * luma.width && height >= kMinInside * luma.height;
    return is_worth_it && is_enough ? std::optional(box) : std::nullopt;
}

Box shown_box(const Box& box, const frame::LumaView& stored, const frame::RgbView& shown) {
    Stretch across{box.left, box.right, stored.width};
    Stretch down{box.top, box.bottom, stored.height};
    if (stored.upright.transposes) {
        std::swap(across, down);
    }
    if (stored.upright.flips_x) {
        across = across.reversed();
    }
    if (stored.upright.flips_y) {
        down = down.reversed();
    }
    across = across.scaled_to(shown.width);
    down = down.scaled_to(shown.height);
    return {across.begin, down.begin, across.end, down.end};
}

frame::LumaView cropped(const frame::LumaView& luma, const Box& box) {
    frame::LumaView part = luma;
    part.data = luma.row(box.top) + std::ptrdiff_t{box.left} * (luma.bits > 8 ? 2 : 1);
    part.width = box.right - box.left;
    part.height = box.bottom - box.top;
    return part;
}

frame::RgbView cropped(const frame::RgbView& picture, const Box& box) {
    frame::RgbView part = picture;
    part.data = picture.row(box.top) + std::ptrdiff_t{box.left} * 3;
    part.width = box.right - box.left;
    part.height = box.bottom - box.top;
    return part;
}

}  // namespace refrain::hash
