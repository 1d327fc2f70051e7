#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/api.h"
#include "refrain/hash256.h"
#include "refrain/media_time.h"
#include "refrain/result.h"

namespace refrain {

enum class MediaKind : std::uint8_t { kImage = 0, kVideo = 1 };

using Sha256 = std::array<std::uint8_t, 32>;
using Sha1 = std::array<std::uint8_t, 20>;
using Md5 = std::array<std::uint8_t, 16>;

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

/// What is known of a medium as a whole. More than one frame makes a video.
struct MediaInfo {
    MediaKind kind = MediaKind::kImage;
    std::int32_t width = 0;   ///< as shown: after rotation and sample aspect ratio, pixels
    std::int32_t height = 0;  ///< as shown, pixels
    MediaTime duration;       ///< end of the last decoded frame; 0 for images
    ByteDigest digest;
    std::string container;  ///< name of the demuxer, e.g. `mov,mp4,m4a,3gp,3g2,mj2`
    std::string codec;      ///< name of the codec, e.g. `h264`

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
struct FrameHash {
    MediaTime time;  ///< presentation time; 0 for images
    Hash256 hash;
    std::uint8_t quality = 0;  ///< PDQ quality, 0..100
    bool is_keyframe = false;
    /// Of the picture inside bars or a border of one colour; the whole frame stands before it.
    bool is_inside_borders = false;

    friend bool operator==(const FrameHash&, const FrameHash&) = default;
};

/// A corner of a picture and the code of what surrounds it; docs/decisions/0050-local-features.md.
struct LocalPoint {
    static constexpr int kPositionUnits = 16;  ///< a pixel of the working picture
    static constexpr int kScaleUnits = 32;     ///< a doubling of the size
    static constexpr int kAngleUnits = 256;    ///< a full turn

    std::uint16_t x = 0;     ///< in kPositionUnits, from the left
    std::uint16_t y = 0;     ///< in kPositionUnits, from the top
    std::uint8_t scale = 0;  ///< log2 of the size, in kScaleUnits; 0 for the finest
    std::uint8_t angle = 0;  ///< clockwise from the x axis, in kAngleUnits
    Hash256 code;

    friend bool operator==(const LocalPoint&, const LocalPoint&) = default;
};

/// The local features of one frame, the most telling first.
struct LocalFrame {
    static constexpr std::size_t kMaxPoints = 4095;
    static constexpr int kMaxSide = 4095;
    static constexpr std::size_t kMaxCells = 1024;
    static constexpr int kMaxLumaSide = 512;

    MediaTime time;                  ///< presentation time; 0 for images
    std::uint16_t width = 0;         ///< of the working picture, 1..kMaxSide pixels
    std::uint16_t height = 0;        ///< of the working picture, 1..kMaxSide pixels
    std::vector<LocalPoint> points;  ///< at most kMaxPoints
    /// Codes of a grid of cells of what is made known, row by row; docs/fingerprint-format.md.
    /// Neither brightness nor its direction can be read from them.
    std::uint16_t cell_columns = 0;
    std::uint16_t cell_rows = 0;
    std::vector<std::uint8_t> cells;  ///< cell_columns * cell_rows, at most kMaxCells
    /// Of a query: the picture itself, small, row by row, to be compared with cells. A corpus never
    /// keeps it.
    std::uint16_t luma_width = 0;
    std::uint16_t luma_height = 0;
    std::vector<std::uint8_t> luma;  ///< luma_width * luma_height, sides at most kMaxLumaSide

    friend bool operator==(const LocalFrame&, const LocalFrame&) = default;
};

/// How much of the medium could be decoded. The report of the main part also names what other parts
/// lack and which of them are missing.
struct DecodeReport {
    std::uint64_t decoded_frames = 0;
    std::uint64_t skipped_packets = 0;  ///< damaged, passed over
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
    /// The picture has transparency and lies on white here; its twin with the same index lies on
    /// black. Both are one part.
    bool is_on_white = false;

    friend bool operator==(const PartInfo&, const PartInfo&) = default;
};

/// The most parts of a medium that are looked at, twins on white included.
inline constexpr std::size_t kMaxParts = 4096;

/// Everything refrain remembers of a medium. Frames are in order of presentation time.
///
/// The fingerprint itself describes the main part. Further parts are fingerprints of their own in
/// `more_parts`, with the same digest; they have no further parts.
struct Fingerprint {
    MediaInfo media;
    /// Of the hashes of `frames` and `views`; the same in all parts.
    CodeKind codes = CodeKind::kAreaMeans;
    std::vector<FrameHash> frames;
    /// All eight views of each frame, parallel to `frames`; empty unless they were asked for.
    std::vector<DihedralHashes> views;
    /// Of a query: exact PDQ of each frame, parallel to `frames`, to be compared with hash lists;
    /// empty unless it was asked for, and with CodeKind::kExactPdq. A corpus never keeps it.
    std::vector<ExactCode> exact;
    /// When each shot begins, rising; found for Sampling::kKnown only.
    std::vector<MediaTime> shots;
    /// Of some of the frames, rising in time; empty for Sampling::kInterval.
    std::vector<LocalFrame> local;
    /// What is known of the bytes of a medium that nobody here had, at most one of each algorithm,
    /// rising; empty for all others. There is no frame then.
    std::vector<FileDigest> digests;
    DecodeReport decode;
    PartInfo part;
    /// The other parts of the medium, at most kMaxParts - 1, rising by `part.index`, black ground
    /// before white; empty for most media.
    std::vector<Fingerprint> more_parts;

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

/// Whether something of the medium could not be decoded, in any of its parts.
[[nodiscard]] REFRAIN_API bool is_partial(const Fingerprint& fingerprint);

/// When the first frame of the part is shown: times before it lie outside of what was decoded.
/// Frames that were decoded before it left no hash. 0 where there is none.
[[nodiscard]] REFRAIN_API MediaTime decoded_from(const Fingerprint& fingerprint);

/// What is known of one part of a medium as a whole.
struct PartSummary {
    PartInfo part;
    MediaInfo media;
    DecodeReport decode;
    std::uint64_t frames = 0;  ///< hashed
};

/// The parts of a medium, the main one first, then rising by index. Never empty.
[[nodiscard]] REFRAIN_API std::vector<PartSummary> summarize_parts(const Fingerprint& fingerprint);

/// Leaves out what only a query has: views, exact codes, small pictures and the SHA-1 of the bytes.
[[nodiscard]] REFRAIN_API Fingerprint known_side(Fingerprint query);

/// Version of the hashing algorithm; raised whenever a bit of a hash may change.
inline constexpr std::uint16_t kAlgorithmVersion = 1;

/// Whether a fingerprint is consistent: kind known, sizes and times not negative, times
/// not falling, quality at most 100, local points inside their pictures, views for every frame or
/// for none and the upright one equal to the frame's hash, exact codes for every frame or for none,
/// texts of at most 65535 bytes; further parts in order, with hashes of the same kind, of the same
/// bytes, and without parts of their own. The fingerprinter and `decode_fingerprint` give no other;
/// check one that was put together by hand.
///
/// @error kInvalidArgument  the first thing that does not fit
///
/// Thread safety: pure function.
[[nodiscard]] REFRAIN_API Result<void> check_fingerprint(const Fingerprint& fingerprint);

/// Packs a fingerprint into the record of docs/fingerprint-format.md: at most 42 bytes a frame,
/// 224 more with views and 257 with exact codes; 38 bytes a local point and at most 20 a local
/// frame.
///
/// @error kInvalidArgument  as `check_fingerprint` says
///
/// Cost: one pass over what is packed. Thread safety: pure function.
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
