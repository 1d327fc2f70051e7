#include "cli/text.h"

#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>

namespace refrain::cli {

namespace {

/// A code point and how many bytes it takes; 0 bytes: not UTF-8.
struct Decoded {
    char32_t point = 0;
    std::size_t bytes = 0;
};

Decoded decode_front(std::string_view text) {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return static_cast<unsigned char>(text[i]);
    };
    const std::uint32_t first = byte(0);
    if (first < 0x80) {
        return {first, 1};
    }
    const std::size_t length = first >= 0xF0 ? 4 : (first >= 0xE0 ? 3 : 2);
    constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (first < 0xC0 || first > 0xF4 || text.size() < length) {
        return {};
    }
    std::uint32_t point = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return {};
        }
        point = (point << 6U) | (byte(i) & 0x3FU);
    }
    const bool is_surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < kSmallest[length] || point > 0x10FFFF || is_surrogate) {
        return {};
    }
    return {point, length};
}

/// What could move the cursor or turn the reading direction of the rest of the line.
bool is_unsafe(char32_t point) {
    return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0x061C ||
           (point >= 0x200E && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

std::string escape(char32_t point) {
    switch (point) {
        case U'\n':
            return "\\n";
        case U'\r':
            return "\\r";
        case U'\t':
            return "\\t";
        default:
            return point < 0x80 ? formatted("\\x%02x", static_cast<unsigned>(point))
                                : formatted("\\u%04x", static_cast<unsigned>(point));
    }
}

}  // namespace

std::string formatted(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = std::vsnprintf(nullptr, 0, format, arguments);
    va_end(arguments);
    std::string text(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
    std::vsnprintf(text.data(), text.size() + 1, format, again);
    va_end(again);
    return text;
}

std::string printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const Decoded next = decode_front(text);
        if (next.bytes == 0) {
            result += formatted("\\x%02x", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        if (is_unsafe(next.point)) {
            result += escape(next.point);
        } else {
            result += text.substr(0, next.bytes);
        }
        text.remove_prefix(next.bytes);
    }
    return result;
}

std::string clock_text(MediaTime time) {
    const std::int64_t all = time.ms();
    const std::int64_t ms = all < 0 ? -all : all;
    const int hours = static_cast<int>(ms / 3'600'000);
    const int minutes = static_cast<int>(ms / 60'000 % 60);
    const int seconds = static_cast<int>(ms / 1000 % 60);
    const int rest = static_cast<int>(ms % 1000);
    const char* sign = all < 0 ? "-" : "";
    if (hours > 0) {
        return formatted("%s%d:%02d:%02d.%03d", sign, hours, minutes, seconds, rest);
    }
    return formatted("%s%d:%02d.%03d", sign, minutes, seconds, rest);
}

std::string bytes_text(std::uint64_t bytes) {
    constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (amount >= 1024 && unit + 1 < kUnits.size()) {
        amount /= 1024;
        ++unit;
    }
    return formatted(unit == 0 ? "%.0f %s" : "%.1f %s", amount, kUnits[unit]);
}

}  // namespace refrain::cli
