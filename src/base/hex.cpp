#include <cstdint>
#include <span>
#include <string>

#include "refrain/fingerprint.h"
#include "refrain/hash256.h"

namespace refrain {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::string hex_of(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text.push_back(kDigits[byte >> 4]);
        text.push_back(kDigits[byte & 15]);
    }
    return text;
}

int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

}  // namespace

std::string to_hex(const Sha256& digest) { return hex_of(digest); }

std::string to_hex(const Sha1& digest) { return hex_of(digest); }

std::string to_hex(const FileDigest& digest) { return hex_of(digest.bytes); }

std::string to_hex(const Md5& digest) { return hex_of(digest); }

std::string to_hex(const Hash256& hash) {
    std::string text;
    text.reserve(64);
    for (int nibble = 63; nibble >= 0; --nibble) {
        const std::uint64_t word = hash.words[static_cast<std::size_t>(nibble) / 16];
        text.push_back(kDigits[(word >> (4 * (nibble % 16))) & 15U]);
    }
    return text;
}

std::optional<Hash256> hash256_from_hex(std::string_view text) {
    if (text.size() != 64) {
        return std::nullopt;
    }
    Hash256 hash;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int value = digit_value(text[i]);
        if (value < 0) {
            return std::nullopt;
        }
        const std::size_t nibble = 63 - i;
        hash.words[nibble / 16] |= static_cast<std::uint64_t>(value) << (4 * (nibble % 16));
    }
    return hash;
}

}  // namespace refrain
