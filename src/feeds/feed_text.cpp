#include "feeds/feed_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace refrain::feeds {

namespace {

bool is_blank(char byte) { return byte == ' ' || byte == '\t'; }

int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

Refused check_hex(std::string_view hex, std::size_t digits) {
    if (!is_hex(hex)) {
        return "not_hex";
    }
    if (hex.size() % 2 != 0) {
        return "odd_digits";
    }
    return hex.size() == digits ? Refused() : Refused("wrong_length");
}

/// A number of exactly `digits` digits at the front, which it takes away.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    int value = 0;
    if (text.size() < digits) {
        return std::nullopt;
    }
    const char* const end = text.data() + digits;
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end || value < 0) {
        return std::nullopt;
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted)) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) {
        return std::nullopt;
    }
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-')) {
        return std::nullopt;
    }
    const auto day = take_number(text, 2);
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

/// Hours and minutes, with a colon or without.
std::optional<int> take_minutes(std::string_view& text) {
    const auto hours = take_number(text, 2);
    take(text, ':');
    const auto minutes = take_number(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    return *hours * 60 + *minutes;
}

std::int64_t take_fraction_us(std::string_view& text) {
    std::int64_t us = 0;
    if (!take(text, '.')) {
        return us;
    }
    for (std::int64_t unit = 100'000;
         !text.empty() && digit_value(text[0]) >= 0 && digit_value(text[0]) <= 9;
         unit /= 10, text.remove_prefix(1)) {
        us += digit_value(text[0]) * unit;
    }
    return us;
}

/// `Z`, an offset or nothing, to the end: minutes east of UTC.
std::optional<int> take_offset(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") {
        return 0;
    }
    const int sign = text[0] == '+' ? 1 : text[0] == '-' ? -1 : 0;
    text.remove_prefix(1);
    const auto minutes = take_minutes(text);
    return sign != 0 && minutes && text.empty() ? std::optional(sign * *minutes) : std::nullopt;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_hex(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char digit) { return digit_value(digit) >= 0; });
}

Refused read_pdq(std::string_view hex, bool is_word_reversed, Hash256& code) {
    constexpr std::size_t kDigits = 64;
    constexpr std::size_t kWord = 4;
    if (const Refused why = check_hex(hex, kDigits); why.data() != nullptr) {
        return why;
    }
    std::string turned;
    if (is_word_reversed) {
        for (std::size_t end = kDigits; end > 0; end -= kWord) {
            turned.append(hex.substr(end - kWord, kWord));
        }
        hex = turned;
    }
    const std::optional<Hash256> read = hash256_from_hex(hex);
    if (!read) {
        return "not_hex";
    }
    code = *read;
    return {};
}

Refused read_digest(std::string_view hex, SignalKind kind, FeedEntry& entry) {
    if (kind == SignalKind::kNone) {
        kind = hex.size() == 32   ? SignalKind::kMd5
               : hex.size() == 40 ? SignalKind::kSha1
                                  : SignalKind::kSha256;
    }
    const std::size_t digits = kind == SignalKind::kMd5 ? 32 : kind == SignalKind::kSha1 ? 40 : 64;
    if (const Refused why = check_hex(hex, digits); why.data() != nullptr) {
        return why;
    }
    entry.kind = kind;
    entry.digest = {};
    for (std::size_t i = 0; i < digits / 2; ++i) {
        entry.digest[i] =
            static_cast<std::uint8_t>(digit_value(hex[2 * i]) * 16 + digit_value(hex[2 * i + 1]));
    }
    return {};
}

std::optional<std::uint8_t> read_quality(std::string_view text) {
    text = trimmed(text);
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end || value > 100) {
        return std::nullopt;
    }
    return static_cast<std::uint8_t>(value);
}

std::optional<MediaTime> read_seconds(std::string_view text) {
    constexpr double kMost = 1e9;
    text = trimmed(text);
    double seconds = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, seconds);
    if (error != std::errc() || stopped != end || !std::isfinite(seconds) || seconds < 0 ||
        seconds >= kMost) {
        return std::nullopt;
    }
    return MediaTime::from_us(std::llround(seconds * 1e6));
}

std::optional<std::int64_t> read_time(std::string_view text) {
    using std::chrono::microseconds;
    constexpr std::int64_t kMicro = 1'000'000;
    text = trimmed(text);
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
        constexpr std::int64_t kMostSeconds = 1'000'000'000'000;
        std::int64_t seconds = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
        return read.ec == std::errc() && seconds < kMostSeconds ? std::optional(seconds * kMicro)
                                                                : std::nullopt;
    }
    const auto date = take_date(text);
    if (!date) {
        return std::nullopt;
    }
    std::int64_t us = microseconds(date->time_since_epoch()).count();
    if (text.empty()) {
        return us;
    }
    if (!take(text, 'T') && !take(text, ' ')) {
        return std::nullopt;
    }
    const auto minutes = take_minutes(text);
    if (!minutes) {
        return std::nullopt;
    }
    us += *minutes * 60 * kMicro;
    if (take(text, ':')) {
        const auto seconds = take_number(text, 2);
        if (!seconds || *seconds > 60) {
            return std::nullopt;
        }
        us += *seconds * kMicro + take_fraction_us(text);
    }
    const auto offset = take_offset(text);
    return offset ? std::optional(us - *offset * 60 * kMicro) : std::nullopt;
}

bool add_label(FeedEntry& entry, std::string_view name, std::string_view value) {
    if (name.empty() || value.empty() || name.size() > FeedLimits::kMaxLabel ||
        entry.labels.size() >= FeedLimits::kMaxLabels) {
        return false;
    }
    entry.labels.insert_or_assign(std::string(name),
                                  std::string(value.substr(0, FeedLimits::kMaxLabel)));
    return true;
}

std::string excerpt(std::string_view text) {
    constexpr std::size_t kMost = 80;
    return std::string(text.substr(0, kMost)) + (text.size() > kMost ? "..." : "");
}

}  // namespace refrain::feeds
