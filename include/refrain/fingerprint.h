#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/api.h"
#include "refrain/hash256.h"
#include "refrain/media_time.h"
#include "refrain/result.h"

namespace refrain {

// All structs of this header are values: they own what they hold, and one thread at a time may
// change one. Several threads may read one.

/// More than one frame makes a video, whatever the file is called: an animated GIF is one.
enum class MediaKind : std::uint8_t { kImage = 0, kVideo = 1 };

using Sha256 = std::array<std::uint8_t, 32>;
using Sha1 = std::array<std::uint8_t, 20>;
using Md5 = std::array<std::uint8_t, 16>;

/// Two lower-case hex digits a byte. Thread safety: pure functions.
[[nodiscard]] REFRAIN_API std::string to_hex(const Sha256& digest);
[[nodiscard]] REFRAIN_API std::string to_hex(const Sha1& digest);
[[nodiscard]] REFRAIN_API std::string to_hex(const Md5& digest);

enum class DigestAlgorithm : std::uint8_t { kMd5 = 1, kSha1 = 2, kSha256 = 3 };

/// A digest of a file's bytes.
struct FileDigest {
    DigestAlgorithm algorithm = DigestAlgorithm::kSha256;
    std::vector<std::uint8_t> bytes;  ///< 16, 20 or 32

    friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

[[nodiscard]] REFRAIN_API std::string to_hex(const FileDigest& digest);

/// Bytes of a digest; 0 for none that is known.
[[nodiscard]] constexpr std::size_t digest_bytes(DigestAlgorithm algorithm) {
    return algorithm == DigestAlgorithm::kMd5      ? 16
           : algorithm == DigestAlgorithm::kSha1   ? 20
           : algorithm == DigestAlgorithm::kSha256 ? 32
                                                   : 0;
}

/// Size and digests of the bytes of a medium.
struct ByteDigest {
    std::uint64_t bytes = 0;
    Sha256 sha256{};
    Md5 md5{};
    Sha1 sha1{};  ///< all 0: not known, as of records of earlier versions

    friend bool operator==(const ByteDigest&, const ByteDigest&) = default;
};

/// What is known of a medium, or of one part of it, as a whole.
struct MediaInfo {
    MediaKind kind = MediaKind::kImage;
    /// Pixels, as the medium is to be shown: turned upright, and with square pixels.
    std::int32_t width = 0;
    std::int32_t height = 0;
    MediaTime duration;     ///< end of the last decoded frame; 0 for images
    ByteDigest digest;      ///< of the whole file, in all parts
    std::string container;  ///< FFmpeg's name of the file format, e.g. `mov,mp4,m4a,3gp,3g2,mj2`
    std::string codec;      ///< FFmpeg's name of the coding, e.g. `h264`

    friend bool operator==(const MediaInfo&, const MediaInfo&) = default;
};

/// How the hashes of frames were made. Those of one kind compare; those of two differ by 10 to 14
/// bits where the pictures are the same.
enum class CodeKind : std::uint8_t {
    kAreaMeans = 0,  ///< PDQ's bits on area means of luma: what a corpus makes of media
    kExactPdq = 1,   ///< PDQ as published: what hash lists hold, and Sampling::kInterval makes
};

/// PDQ as published of one frame of a query.
struct ExactCode {
    DihedralHashes views;
    std::uint8_t quality = 0;  ///< PDQ quality, 0..100

    friend bool operator==(const ExactCode&, const ExactCode&) = default;
};

/// The PDQ code of one frame.
///
/// A frame with bars or a border of one colour has two: of the whole frame, and after it, with the
/// same time, of the picture inside the borders.
struct FrameHash {
    MediaTime time;  ///< presentation time; 0 for images
    Hash256 hash;
    std::uint8_t quality = 0;        ///< PDQ quality, 0..100; below 10 a frame is not searched
    bool is_keyframe = false;        ///< it can be decoded without others
    bool is_inside_borders = false;  ///< the second of the two

    friend bool operator==(const FrameHash&, const FrameHash&) = default;
};

/// A corner of a picture and the code of what surrounds it.
///
/// Places are those of a working picture: the frame, upright, shrunk to a few hundred pixels.
/// Source: docs/decisions/0050-local-features.md.
struct LocalPoint {
    static constexpr int kPositionUnits = 16;  ///< units of `x` and `y` in a pixel
    static constexpr int kScaleUnits = 32;     ///< units of `scale` in a doubling of the size
    static constexpr int kAngleUnits = 256;    ///< units of `angle` in a full turn

    std::uint16_t x = 0;     ///< from the left, 1/16 pixel
    std::uint16_t y = 0;     ///< from the top, 1/16 pixel
    std::uint8_t scale = 0;  ///< log2 of the size, 1/32; 0 for the finest corners
    std::uint8_t angle = 0;  ///< of what surrounds it, clockwise from the x axis, 1/256 turn
    Hash256 code;            ///< near for corners that look alike, whatever their scale and angle

    friend bool operator==(const LocalPoint&, const LocalPoint&) = default;
};

/// The local features of one frame.
struct LocalFrame {
    static constexpr std::size_t kMaxPoints = 4095;
    static constexpr int kMaxSide = 4095;
    static constexpr std::size_t kMaxCells = 1024;
    static constexpr int kMaxLumaSide = 512;

    MediaTime time;                  ///< presentation time; 0 for images
    std::uint16_t width = 0;         ///< of the working picture, 1..kMaxSide pixels
    std::uint16_t height = 0;        ///< of the working picture, 1..kMaxSide pixels
    std::vector<LocalPoint> points;  ///< the most telling first, at most kMaxPoints
    /// What is made known has a grid of cells, each with a code of how light and dark are spread in
    /// it (docs/fingerprint-format.md). The picture cannot be made from them.
    std::uint16_t cell_columns = 0;
    std::uint16_t cell_rows = 0;
    std::vector<std::uint8_t> cells;  ///< row by row: cell_columns * cell_rows, at most kMaxCells
    /// A query has the picture itself, grey and of kMaxLumaSide pixels at most, to be compared with
    /// the cells of known items. Of a film it may be larger and the points missing: these are found
    /// in it once they are needed. A corpus never keeps it.
    std::uint16_t luma_width = 0;
    std::uint16_t luma_height = 0;
    std::vector<std::uint8_t> luma;  ///< row by row: luma_width * luma_height, 0 is black
    /// Of a picture: where it has edges, whichever side of them is lighter. Nothing where it has
    /// hardly any, of a frame of a film, and of what earlier versions made known.
    std::optional<Hash256> edges;

    friend bool operator==(const LocalFrame&, const LocalFrame&) = default;
};

/// How much of a part could be decoded. The report of the main part also says what is missing of
/// the other parts.
struct DecodeReport {
    std::uint64_t decoded_frames = 0;
    std::uint64_t skipped_packets = 0;  ///< pieces of the file that were damaged and passed over
    MediaTime decoded_until;            ///< end of the last decoded frame
    bool is_partial = false;            ///< something of the medium could not be decoded
    std::string damage;                 ///< one line for people; empty unless partial
    /// One line for people about what was decoded, but not as the medium says; mostly empty.
    std::string note = {};

    friend bool operator==(const DecodeReport&, const DecodeReport&) = default;
};

/// What a part of a medium is. Most media have one part: a picture, or a film.
enum class PartRole : std::uint8_t {
    kMain = 0,      ///< what is shown first
    kPicture = 1,   ///< a further picture of the same file: a page, an entry of a picture list
    kTrack = 2,     ///< a further track or programme with moving pictures
    kAttached = 3,  ///< a film behind a still, or a still beside a film
    kUnshown = 4,   ///< frames that the file holds and players do not show
};

/// The role in words for people: `a further track`.
[[nodiscard]] REFRAIN_API std::string_view part_role_words(PartRole role);

/// Which part of a medium a fingerprint describes.
struct PartInfo {
    std::uint32_t index = 0;  ///< counted from 0 in the order in which the file holds the parts
    PartRole role = PartRole::kMain;
    /// A picture with transparency is fingerprinted twice, on black and on white. Both fingerprints
    /// have the same index; this marks the one on white.
    bool is_on_white = false;

    friend bool operator==(const PartInfo&, const PartInfo&) = default;
};

/// The most fingerprints of one medium: of its parts, and of pictures on white beside black.
inline constexpr std::size_t kMaxParts = 4096;

/// Everything that refrain remembers of a medium. No picture can be made from it, but for the small
/// grey ones of a query.
///
/// The fingerprint itself describes the main part. Other parts are fingerprints of their own in
/// `more_parts`. They have the same digest and no further parts.
///
/// Memory and disk: some 40 bytes a frame and a local point, typically 16 KiB for a picture and
/// 8 MiB for an hour of film.
struct Fingerprint {
    MediaInfo media;
    /// How the hashes of `frames` and `views` were made; the same in all parts.
    CodeKind codes = CodeKind::kAreaMeans;
    std::vector<FrameHash> frames;  ///< in order of presentation time
    /// The codes of all eight views of each frame, at the frame's index. Empty for Views::kUpright.
    std::vector<DihedralHashes> views;
    /// Of a query: exact PDQ of each frame, at the frame's index, to be compared with hash lists.
    /// Empty unless it was asked for, and with CodeKind::kExactPdq. A corpus never keeps it.
    std::vector<ExactCode> exact;
    /// When each shot of a film begins, rising. Filled in for Sampling::kKnown only.
    std::vector<MediaTime> shots;
    /// Local features of some of the frames, rising in time. Empty for Sampling::kInterval.
    std::vector<LocalFrame> local;
    /// What is known of the bytes of a medium that nobody here had, at most one of each algorithm,
    /// rising; empty for all others. There is no frame then.
    std::vector<FileDigest> digests;
    DecodeReport decode;
    PartInfo part;
    /// The other parts, at most kMaxParts - 1, by `part.index`, the one on black before the one on
    /// white. Empty for most media.
    std::vector<Fingerprint> more_parts;

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// Whether something of the medium could not be decoded, in any of its parts.
/// Thread safety: pure function.
[[nodiscard]] REFRAIN_API bool is_partial(const Fingerprint& fingerprint);

/// When the first frame that has a hash is shown; 0 if there is none. Nothing is known of times
/// before it. Thread safety: pure function.
[[nodiscard]] REFRAIN_API MediaTime decoded_from(const Fingerprint& fingerprint);

/// What is known of one part of a medium as a whole.
struct PartSummary {
    PartInfo part;
    MediaInfo media;
    DecodeReport decode;
    std::uint64_t frames = 0;  ///< frame hashes
};

/// The parts of a medium: the main one first, then the others by index. Never empty.
/// Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::vector<PartSummary> summarize_parts(const Fingerprint& fingerprint);

/// Leaves out what only a query has: views, exact codes, small pictures and the SHA-1 of the bytes.
[[nodiscard]] REFRAIN_API Fingerprint known_side(Fingerprint query);

/// Version of the hashing algorithm; raised whenever a bit of a hash may change.
inline constexpr std::uint16_t kAlgorithmVersion = 1;

/// Checks whether a fingerprint is consistent. Those of the fingerprinter and of
/// `decode_fingerprint` always are; check one that was put together by hand.
///
/// - The kind is known, sizes and times are not negative, times do not fall, quality is at most
/// 100.
/// - Local points lie inside their pictures.
/// - There are views for every frame or for none, and the upright one is the frame's hash.
/// - There are exact codes for every frame or for none; other parts have hashes of the same kind.
/// - Texts have at most 65,535 bytes.
/// - Other parts are in order, of the same bytes, and have no parts of their own.
///
/// @error kInvalidArgument  names the first thing that does not fit
///
/// Cost: one pass. Thread safety: pure function.
[[nodiscard]] REFRAIN_API Result<void> check_fingerprint(const Fingerprint& fingerprint);

/// Packs a fingerprint into the record that docs/fingerprint-format.md describes. It takes at most
/// 42 bytes a frame, 224 more with views and 257 more with exact codes, 38 bytes a local point and
/// 20 a local frame.
///
/// @error kInvalidArgument  as `check_fingerprint` says
///
/// Cost: proportional to the record. Thread safety: pure function.
[[nodiscard]] REFRAIN_API Result<std::vector<std::byte>> encode_fingerprint(
    const Fingerprint& medium);

/// The inverse of `encode_fingerprint`. The record is untrusted: every length is checked before
/// memory is taken, and the checksum before anything is believed.
///
/// @error kCorrupt            torn, bit-flipped or inconsistent
/// @error kUnsupportedFormat  of a version that this build does not read
///
/// Thread safety: pure function.
[[nodiscard]] REFRAIN_API Result<Fingerprint> decode_fingerprint(std::span<const std::byte> record);

}  // namespace refrain
