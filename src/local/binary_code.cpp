#include "local/binary_code.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "local/local_features.h"

namespace refrain::local {

namespace {

/// Where a test looks in the frame of a point: u along its direction, v a quarter turn on.
struct Test {
    std::uint8_t blur;
    std::int8_t u1, v1, u2, v2;
};

constexpr int kTests = 128;
// Learnt by bench/quality/local_learn.py; docs/decisions/0050-local-features.md.
constexpr std::array<Test, kTests> kTable{{
#include "local/test_table.inc"
}};

// Directions are rounded to 1/64 of a turn, 0 being one of them, so that rounding is symmetric.
constexpr int kDirections = 64;

int direction_of(float angle) {
    const float turns = angle / (2 * std::numbers::pi_v<float>);
    const auto step = static_cast<int>(std::lround(turns * kDirections));
    return (step % kDirections + kDirections) % kDirections;
}

struct Offset {
    int x;
    int y;
};

/// A place of the frame of a point, as seen from it, when its direction is the given one.
Offset turned(int u, int v, int direction) {
    // The cosine and sine of the first eighth, exactly mirrored into the others, make rounding
    // independent of which half of the turn a direction lies in.
    const double angle = 2 * std::numbers::pi * direction / kDirections;
    const double cosine = std::cos(angle);
    const double sine = std::sin(angle);
    // A hair off the halves, where the last digit of a cosine would decide.
    constexpr double kHair = 1e-9;
    const auto rounded = [](double value) {
        return static_cast<int>(std::lround(value + (value < 0 ? -kHair : kHair)));
    };
    return {rounded(cosine * u - sine * v), rounded(sine * u + cosine * v)};
}

struct Samples {
    Offset first;
    Offset second;
};

/// Where test `bit` % 128, or its mirror image, looks.
Samples samples_of(int bit, int direction) {
    const Test& test = kTable[static_cast<std::size_t>(bit % kTests)];
    const int side = bit < kTests ? 1 : -1;
    return {turned(test.u1, side * test.v1, direction), turned(test.u2, side * test.v2, direction)};
}

struct ByteOffsets {
    std::int8_t x1, y1, x2, y2;
};

using Directions = std::array<std::array<ByteOffsets, Hash256::kBits>, kDirections>;

Directions all_directions() {
    Directions all{};
    for (int direction = 0; direction < kDirections; ++direction) {
        for (int bit = 0; bit < Hash256::kBits; ++bit) {
            const Samples at = samples_of(bit, direction);
            all[static_cast<std::size_t>(direction)][static_cast<std::size_t>(bit)] = {
                static_cast<std::int8_t>(at.first.x), static_cast<std::int8_t>(at.first.y),
                static_cast<std::int8_t>(at.second.x), static_cast<std::int8_t>(at.second.y)};
        }
    }
    return all;
}

}  // namespace

Hash256 binary_code(const BlurredLevel& level, int x, int y, float angle) {
    static const Directions all = all_directions();
    const auto& offsets = all[static_cast<std::size_t>(direction_of(angle))];
    const std::ptrdiff_t stride = level[0].stride();
    std::array<const std::uint8_t*, kBlurs> centre{};
    for (std::size_t i = 0; i < kBlurs; ++i) {
        centre[i] = level[i].row(y) + x;
    }
    Hash256 code;
    for (std::size_t word = 0; word < code.words.size(); ++word) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 64; ++i) {
            const std::size_t bit = word * 64 + i;
            const ByteOffsets& at = offsets[bit];
            const std::uint8_t* from = centre[kTable[bit % kTests].blur];
            const bool is_set = from[at.y1 * stride + at.x1] > from[at.y2 * stride + at.x2];
            bits |= std::uint64_t{is_set} << i;
        }
        code.words[word] = bits;
    }
    return code;
}

Hash256 binary_code_plain(const BlurredLevel& level, int x, int y, float angle) {
    Hash256 code;
    for (int bit = 0; bit < Hash256::kBits; ++bit) {
        const Samples at = samples_of(bit, direction_of(angle));
        const Plane& plane = level[kTable[static_cast<std::size_t>(bit % kTests)].blur];
        if (plane.row(y + at.first.y)[x + at.first.x] >
            plane.row(y + at.second.y)[x + at.second.x]) {
            code.set_bit(bit);
        }
    }
    return code;
}

Hash256 mirrored(const Hash256& code) {
    return {{code.words[2], code.words[3], code.words[0], code.words[1]}};
}

}  // namespace refrain::local
