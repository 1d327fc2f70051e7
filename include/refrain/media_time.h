#pragma once

#include <compare>
#include <cstdint>

#include "refrain/api.h"

namespace refrain {

/// A presentation time, or a span of it, in whole microseconds.
///
/// A time is what the container says, counted from the beginning of the medium. It is never made of
/// a frame number and a frame rate, because rates in files are often wrong.
///
/// Thread safety: a value. Cost: eight bytes.
///
///     const MediaTime half_a_minute = MediaTime::from_seconds(30);
///     std::cout << half_a_minute.ms();   // 30000
struct MediaTime {
    std::int64_t us = 0;  ///< microseconds; negative only for differences

    /// The caller sees to it that the product fits: up to 292,000 years.
    [[nodiscard]] static constexpr MediaTime from_us(std::int64_t value) { return {value}; }
    [[nodiscard]] static constexpr MediaTime from_ms(std::int64_t value) { return {value * 1000}; }
    [[nodiscard]] static constexpr MediaTime from_seconds(std::int64_t value) {
        return {value * 1000000};
    }
    /// Rounded to the nearest millisecond, halves away from zero.
    [[nodiscard]] constexpr std::int64_t ms() const {
        return us >= 0 ? (us + 500) / 1000 : -((-us + 500) / 1000);
    }
    /// Exact up to 285 years, beyond that rounded to what a double holds.
    [[nodiscard]] constexpr double seconds() const { return static_cast<double>(us) / 1e6; }

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the defaulted comparison.
    friend constexpr auto operator<=>(MediaTime, MediaTime) = default;
    friend constexpr MediaTime operator+(MediaTime a, MediaTime b) { return {a.us + b.us}; }
    friend constexpr MediaTime operator-(MediaTime a, MediaTime b) { return {a.us - b.us}; }
};

}  // namespace refrain
