#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace refrain::fingerprint {

// Persistent format on disk, described in docs/fingerprint-format.md: do not change a number here.
// A new kind of content gets a new section type; a new layout gets a new format version.

/// A byte above 127, the name, and line ends: a transfer as text or through seven bits breaks it.
inline constexpr std::array<std::uint8_t, 8> kMagic{0x89, 'R', 'F', 'P', '\r', '\n', 0x1A, '\n'};
inline constexpr std::uint16_t kFormatVersion = 1;

/// Magic 8, format version 2, algorithm version 2, flags 4, total length 8.
inline constexpr std::size_t kHeaderBytes = 24;
inline constexpr std::size_t kChecksumBytes = 8;
/// Type 2, flags 2, length 8.
inline constexpr std::size_t kSectionHeaderBytes = 12;

inline constexpr std::uint32_t kRecordHasViews = 1U << 0;

enum class SectionType : std::uint16_t {
    kMedia = 1,
    kDecode = 2,
    kFrames = 3,
    kViews = 4,
    kShots = 5,
    kInsides = 6,
    kLocal = 7,
    kParts = 9,
    kNote = 10,
    kCells = 11,
    kLuma = 12,
    kCodes = 13,
    kExact = 14,
    kSha1 = 15,
    kDigests = 16,
    kEdges = 17,
};
/// A reader that does not know the type must refuse the record; without it, it skips the section.
inline constexpr std::uint16_t kSectionMandatory = 1U << 0;

inline constexpr std::size_t kHashBytes = 32;
/// A delta of at least one byte, a hash, and quality with the keyframe mark.
inline constexpr std::size_t kMinFrameBytes = 1 + kHashBytes + 1;
inline constexpr std::uint8_t kKeyframeMark = 0x80;
inline constexpr std::uint8_t kMaxQuality = 100;
/// Two positions of 2 bytes, scale 1, angle 1, and the code.
inline constexpr std::size_t kLocalPointBytes = 2 + 2 + 1 + 1 + kHashBytes;
/// Time, width, height and number of points, of at least a byte each.
inline constexpr std::size_t kMinLocalFrameBytes = 4;
/// The upright view is the frame's own hash.
inline constexpr std::size_t kStoredViews = 7;
/// Quality and the hashes of all eight views.
inline constexpr std::size_t kExactCodeBytes = 1 + 8 * kHashBytes;
inline constexpr std::size_t kMaxTextBytes = 65'535;
inline constexpr std::uint8_t kPartOnWhite = 1U << 0;
inline constexpr std::uint8_t kPartHasViews = 1U << 0;
/// Flags and length.
inline constexpr std::size_t kPartHeaderBytes = 1 + 8;

}  // namespace refrain::fingerprint
