#include "cli/values.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace refrain::cli {

namespace {

std::optional<std::uint64_t> parse_scaled(std::string_view word, std::uint64_t unit) {
    constexpr std::string_view kSuffixes = "KMGT";
    std::uint64_t factor = 1;
    if (!word.empty()) {
        const char last = word.back();
        const char upper = last >= 'a' && last <= 'z' ? static_cast<char>(last - 'a' + 'A') : last;
        const std::size_t power = kSuffixes.find(upper);
        if (power != std::string_view::npos) {
            for (std::size_t i = 0; i <= power; ++i) {
                factor *= unit;
            }
            word.remove_suffix(1);
        }
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool is_whole = error == std::errc() && end == word.data() + word.size();
    if (!is_whole || number == 0 || number > std::numeric_limits<std::uint64_t>::max() / factor) {
        return std::nullopt;
    }
    return number * factor;
}

bool is_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view word) { return parse_scaled(word, 1024); }

std::optional<std::uint64_t> parse_count(std::string_view word) { return parse_scaled(word, 1000); }

std::optional<MediaTime> parse_seconds(std::string_view word) {
    constexpr std::size_t kDecimals = 6;
    constexpr std::int64_t kMicros = 1'000'000;
    constexpr std::int64_t kLongest = 1'000'000'000;
    const std::size_t point = word.find('.');
    const std::string_view whole = word.substr(0, point);
    std::string decimals(point == std::string_view::npos ? "" : word.substr(point + 1));
    if (whole.size() + decimals.size() == 0 || whole.size() > 10 || decimals.size() > kDecimals ||
        !is_digits(whole) || !is_digits(decimals)) {
        return std::nullopt;
    }
    decimals.resize(kDecimals, '0');
    std::int64_t seconds = 0;
    std::int64_t fraction = 0;
    std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
    std::from_chars(decimals.data(), decimals.data() + decimals.size(), fraction);
    const MediaTime time = MediaTime::from_us(seconds * kMicros + fraction);
    if (time.us <= 0 || time.us > kLongest * kMicros) {
        return std::nullopt;
    }
    return time;
}

std::optional<double> parse_number(std::string_view word) {
    double number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size() || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::optional<int> parse_int(std::string_view word, int low, int high) {
    int number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool is_whole = error == std::errc() && end == word.data() + word.size();
    if (!is_whole || number < low || number > high) {
        return std::nullopt;
    }
    return number;
}

std::optional<std::pair<std::string, std::string>> parse_label(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return std::nullopt;
    }
    return std::pair{std::string(word.substr(0, equals)), std::string(word.substr(equals + 1))};
}

}  // namespace refrain::cli
