#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The file of docs/bundle-format.md. Persistent: a released version never changes.
namespace refrain::exchange {

inline constexpr std::string_view kMagic = "RFRNPACK";
inline constexpr std::string_view kEndMagic = "RFRNEND1";
inline constexpr std::uint32_t kVersion = 1;
/// Magic, version, four bytes of zero.
inline constexpr std::size_t kHeaderBytes = 16;
/// Length of the payload and its CRC-64; a length of 0 begins the index.
inline constexpr std::size_t kRecordHeadBytes = 16;
/// As the store has it.
inline constexpr std::uint64_t kMaxPayload = std::uint64_t{255} << 20;

}  // namespace refrain::exchange
