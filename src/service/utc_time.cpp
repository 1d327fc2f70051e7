#include "service/utc_time.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>

#include "refrain/catalogue.h"

namespace refrain::service {

namespace {

constexpr std::int64_t kSecond = 1'000'000;

/// All digits of a field of this width at `at`, which moves behind them.
std::optional<int> take_number(std::string_view word, std::size_t& at, std::size_t width) {
    int value = 0;
    if (at + width > word.size()) {
        return std::nullopt;
    }
    const char* const begin = word.data() + at;
    const auto read = std::from_chars(begin, begin + width, value);
    at += width;
    const bool is_number =
        read.ec == std::errc() && read.ptr == begin + width && *begin >= '0' && *begin <= '9';
    return is_number ? std::optional(value) : std::nullopt;
}

bool take_mark(std::string_view word, std::size_t& at, char mark) {
    return at < word.size() && word[at++] == mark;
}

/// The microseconds of `@SECONDS`.
std::optional<std::int64_t> parse_seconds(std::string_view word) {
    std::int64_t seconds = 0;
    const auto read = std::from_chars(word.data() + 1, word.data() + word.size(), seconds);
    constexpr std::int64_t kMost = kForever / kSecond;
    const bool is_number = word.size() > 1 && read.ec == std::errc() &&
                           read.ptr == word.data() + word.size() && seconds >= 0 && seconds < kMost;
    return is_number ? std::optional(seconds * kSecond) : std::nullopt;
}

/// The seconds at which a day `YYYY-MM-DD` begins. @param at  is moved behind it
std::optional<std::int64_t> take_day(std::string_view word, std::size_t& at) {
    const auto year = take_number(word, at, 4);
    if (!year || !take_mark(word, at, '-')) {
        return std::nullopt;
    }
    const auto month = take_number(word, at, 2);
    if (!month || !take_mark(word, at, '-')) {
        return std::nullopt;
    }
    const auto day = take_number(word, at, 2);
    const std::chrono::year_month_day date{
        std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(day.value_or(0)))};
    if (!day || !date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86'400};
}

/// The seconds since midnight of `HH:MM:SSZ`. @param at  is moved behind it
std::optional<std::int64_t> take_clock(std::string_view word, std::size_t& at) {
    constexpr std::array<int, 3> kMost{23, 59, 59};
    constexpr std::array<int, 3> kUnit{3600, 60, 1};
    std::int64_t seconds = 0;
    for (std::size_t i = 0; i < kMost.size(); ++i) {
        const auto part = take_number(word, at, 2);
        if (!part || *part > kMost[i] || !take_mark(word, at, i + 1 < kMost.size() ? ':' : 'Z')) {
            return std::nullopt;
        }
        seconds += static_cast<std::int64_t>(*part) * kUnit[i];
    }
    return seconds;
}

}  // namespace

std::optional<std::int64_t> parse_utc_time(std::string_view word) {
    if (word.starts_with('@')) {
        return parse_seconds(word);
    }
    std::size_t at = 0;
    const auto day = take_day(word, at);
    if (!day || at == word.size()) {
        return day ? std::optional(*day * kSecond) : std::nullopt;
    }
    if (!take_mark(word, at, 'T')) {
        return std::nullopt;
    }
    const auto clock = take_clock(word, at);
    return clock && at == word.size() ? std::optional((*day + *clock) * kSecond) : std::nullopt;
}

}  // namespace refrain::service
