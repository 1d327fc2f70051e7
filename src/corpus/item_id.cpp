#include "corpus/item_id.h"

#include <cstdint>

namespace refrain::corpus {

namespace {

constexpr std::string_view kDefaultBank = "default";
constexpr std::size_t kIdBytes = 12;

/// FNV-1a, 64 bits. Source: Fowler, Noll, Vo, draft-eastlake-fnv.
std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t state = 14695981039346656037ULL;
    for (const char c : text) {
        state = (state ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
    }
    return state;
}

}  // namespace

std::string derive_id(std::string_view bank, const Sha256& sha256) {
    // In the default bank an id begins as the file's SHA-256 does, which people can check.
    const std::uint64_t mask = bank == kDefaultBank ? 0 : fnv1a(bank);
    Sha256 mixed = sha256;
    for (std::size_t i = 0; i < 8; ++i) {
        mixed[i] = static_cast<std::uint8_t>(mixed[i] ^ (mask >> (8 * i)));
    }
    return "m_" + to_hex(mixed).substr(0, 2 * kIdBytes);
}

}  // namespace refrain::corpus
