#include "cli/catalogue_options.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <ctime>

#include <pwd.h>

namespace refrain::cli {

namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::string login_name() {
    constexpr std::size_t kRoom = 16'384;
    std::vector<char> room(kRoom);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) == 0 &&
        found != nullptr) {
        return found->pw_name;
    }
    return "uid " + std::to_string(::geteuid());
}

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

}  // namespace

std::optional<std::int64_t> parse_time(std::string_view word) {
    if (word.starts_with('@')) {
        std::int64_t seconds = 0;
        const auto read = std::from_chars(word.data() + 1, word.data() + word.size(), seconds);
        constexpr std::int64_t kMost = kForever / kSecond;
        const bool is_number = word.size() > 1 && read.ec == std::errc() &&
                               read.ptr == word.data() + word.size() && seconds >= 0 &&
                               seconds < kMost;
        return is_number ? std::optional(seconds * kSecond) : std::nullopt;
    }
    std::size_t at = 0;
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
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    std::int64_t seconds = days * 86'400;
    if (at == word.size()) {
        return seconds * kSecond;
    }
    if (!take_mark(word, at, 'T')) {
        return std::nullopt;
    }
    constexpr std::array<int, 3> kMost{23, 59, 59};
    constexpr std::array<int, 3> kUnit{3600, 60, 1};
    for (std::size_t i = 0; i < kMost.size(); ++i) {
        const auto part = take_number(word, at, 2);
        if (!part || *part > kMost[i] || !take_mark(word, at, i + 1 < kMost.size() ? ':' : 'Z')) {
            return std::nullopt;
        }
        seconds += static_cast<std::int64_t>(*part) * kUnit[i];
    }
    return at == word.size() ? std::optional(seconds * kSecond) : std::nullopt;
}

std::string time_text(std::int64_t microseconds) {
    const auto seconds = static_cast<std::time_t>(microseconds / kSecond);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

void add_author_options(CommandLine& line, Author& author) {
    author.by = login_name();
    line.add_text("--by", author.by, "Who changes it, for the log (default: the login name)");
    line.add_text("--reason", author.reason, "Why, for the log");
}

void add_filter_options(CommandLine& line, ItemFilter& filter, bool& is_disabled) {
    line.add_words("--bank", filter.banks, "Items of this bank; may be repeated (default: all)");
    line.add_labels(filter.labels, "KEY=VALUE that items have; may be repeated");
    line.add_text("--name", filter.name, "Pattern of names: * any, ? one, [a-z] one of these");
    line.add_value(
        "--kind", filter,
        [&filter](const std::string& word) -> std::optional<ItemFilter> {
            ItemFilter next = filter;
            if (word == "image" || word == "video") {
                next.kind = word == "image" ? MediaKind::kImage : MediaKind::kVideo;
                return next;
            }
            next.knowledge = knowledge_named(word);
            return next.knowledge ? std::optional(next) : std::nullopt;
        },
        "image, video, media, hash or digest",
        "image, video, or what is known: media, hash, digest");
    line.add_value("--since", filter.since_us, parse_time, "a time such as 2026-01-31T12:00:00Z",
                   "Added then or later (2026-01-31, 2026-01-31T12:00:00Z, @SECONDS)");
    line.add_value("--until", filter.until_us, parse_time, "a time such as 2026-01-31T12:00:00Z",
                   "Added before");
    line.add_flag("--disabled", is_disabled, "Items that are disabled now");
}

}  // namespace refrain::cli
