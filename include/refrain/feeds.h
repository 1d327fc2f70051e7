#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/api.h"
#include "refrain/hash256.h"
#include "refrain/media_time.h"
#include "refrain/result.h"

namespace refrain {

/// How a hash list or a page of a feed is written; docs/feeds.md describes each.
enum class FeedFormat : std::uint8_t {
    kAuto,            ///< told by the first bytes
    kPdq,             ///< PDQ codes, one a line
    kVpdq,            ///< the frames of one video, as text or JSON
    kDigests,         ///< MD5, SHA-1 and SHA-256, one a line
    kRecords,         ///< a bundle of fingerprints (bundle.h); not read by `read_feed`
    kNcmec,           ///< NCMEC hash sharing, version 2, XML
    kStopNcii,        ///< StopNCII, JSON
    kTcap,            ///< Tech Against Terrorism's TCAP, version 2, JSON
    kThreatExchange,  ///< threat_updates of ThreatExchange, JSON
    kHma,             ///< contents of banks as HMA answers them, JSON
};

/// `pdq`, `stopncii`, ...: the words that `import --format` takes.
[[nodiscard]] REFRAIN_API std::string_view feed_format_name(FeedFormat format);
[[nodiscard]] REFRAIN_API std::optional<FeedFormat> feed_format_named(std::string_view name);

/// What a hash is made of.
enum class SignalKind : std::uint8_t {
    kNone,  ///< a withdrawal that names its entry by id alone
    kPdq,   ///< a picture
    kVpdq,  ///< frames of a video
    kMd5,   ///< of a file's bytes; so the next two
    kSha1,
    kSha256,
};

/// `pdq`, `vpdq`, `md5`, `sha1`, `sha256`; empty for kNone.
[[nodiscard]] REFRAIN_API std::string_view signal_kind_name(SignalKind kind);

/// What a feed says of an entry.
enum class FeedAction : std::uint8_t {
    kAssert,    ///< it is known
    kWithdraw,  ///< this feed no longer says so
};

/// What those behind an entry think of it.
enum class FeedOpinion : std::uint8_t {
    kListed,    ///< listed, and nobody speaks against it
    kDisputed,  ///< some hold it for harmless
    kHarmless,  ///< all that have an opinion hold it for harmless: a reason to stay silent
};

/// A PDQ code of a frame of a video.
struct FeedFrame {
    MediaTime time;
    Hash256 hash;
    std::uint8_t quality = 100;  ///< 0..100

    friend bool operator==(const FeedFrame&, const FeedFrame&) = default;
};

/// One hash of a list or feed, whatever the format. An entry of a feed that has several hashes
/// gives several of these with the same `source_id`.
struct FeedEntry {
    FeedAction action = FeedAction::kAssert;
    SignalKind kind = SignalKind::kNone;
    Hash256 pdq;                            ///< kPdq
    std::array<std::uint8_t, 32> digest{};  ///< the first 16, 20 or 32 bytes; digests only
    std::uint8_t quality = 100;             ///< kPdq: 0..100; 100 where the feed does not say
    std::vector<FeedFrame> frames;          ///< kVpdq: times do not fall; never empty
    std::map<std::string, std::string> labels;
    std::string source_id;  ///< names the entry within its feed; empty: the feed has no ids
    FeedOpinion opinion = FeedOpinion::kListed;
    std::string opinions;               ///< who thinks what, in one line; may be empty
    std::optional<std::int64_t> at_us;  ///< when the feed last changed it, since 1970 UTC
    /// Not to be matched until then (microseconds since 1970 UTC); the largest number: for ever.
    std::optional<std::int64_t> disabled_until_us;
    std::uint64_t line = 0;  ///< of the input on which the entry ends, from 1

    /// The bytes of a digest; empty for other kinds. Valid while the entry lives.
    [[nodiscard]] std::span<const std::uint8_t> digest_bytes() const {
        const std::size_t size = kind == SignalKind::kMd5      ? 16
                                 : kind == SignalKind::kSha1   ? 20
                                 : kind == SignalKind::kSha256 ? 32
                                                               : 0;
        return std::span(digest).first(size);
    }
    friend bool operator==(const FeedEntry&, const FeedEntry&) = default;
};

/// Something of the input that gave no entry.
struct FeedRefusal {
    std::string_view reason;  ///< a word of docs/feeds.md, e.g. `odd_digits`; never freed
    std::uint64_t line = 0;   ///< of the input, from 1
    std::string detail;       ///< one line for people; may hold bytes of the input
};

/// What became of an input.
struct FeedCounts {
    FeedFormat format = FeedFormat::kAuto;  ///< as it was read
    std::uint64_t lines = 0;                ///< of the input
    std::uint64_t asserted = 0;             ///< entries handed over; so the next
    std::uint64_t withdrawn = 0;
    std::uint64_t passed_over = 0;     ///< lines that are blank, comments or headings
    std::uint64_t unknown_fields = 0;  ///< fields of entries that this build does not know
    std::map<std::string, std::uint64_t> refused;  ///< by reason
};

/// Fills a part of the span with the next bytes. @return how many; 0: the input ends
using FeedBytes = std::function<Result<std::size_t>(std::span<char>)>;

struct FeedOptions {
    FeedFormat format = FeedFormat::kAuto;
    /// PDQ codes have their sixteen words of 16 bits in reverse order.
    bool is_word_reversed = false;
};

/// Either returns false to end the reading.
struct FeedVisitor {
    std::function<bool(FeedEntry&&)> entry;           ///< none: entries are counted only
    std::function<bool(const FeedRefusal&)> refused;  ///< none: refusals are counted only
};

/// The limits that every input is held to.
struct FeedLimits {
    static constexpr std::size_t kMaxLine = 64 * 1024;           ///< bytes of a line of text
    static constexpr std::size_t kMaxToken = 16 * 1024 * 1024;   ///< bytes of a JSON or XML token
    static constexpr std::size_t kMaxRecord = 16 * 1024 * 1024;  ///< bytes of one JSON entry
    static constexpr std::size_t kMaxDepth = 64;                 ///< of JSON and XML
    static constexpr std::size_t kMaxFrames = 1'000'000;         ///< of a video
    static constexpr std::size_t kMaxLabels = 64;                ///< of an entry
    static constexpr std::size_t kMaxLabel = 4096;               ///< bytes of a label's value
};

/// What the first bytes of an input look like, 64 KiB of them or all. Nothing: like none of these.
[[nodiscard]] REFRAIN_API std::optional<FeedFormat> detect_feed(std::string_view beginning);

/// Reads a list or a feed to its end and hands over its entries one by one, in order. The input is
/// untrusted: what cannot be read is refused with a reason and the rest goes on, as far as the
/// format lets its reader find the next entry. A truncated file gives the entries before its end
/// and one refusal. XML may not declare a document type, so there are no entities but XML's own.
///
/// Several JSON documents may follow each other, so pages of a feed can be put together.
///
/// @error kUnsupportedFormat  kAuto could not tell, or kRecords was asked for
/// @error kCancelled          stopped
/// @error kInvalidArgument    there is no `bytes`
/// @error any                 that `bytes` gave
///
/// Memory: 64 KiB, and the entry in hand within FeedLimits. Thread safety: pure function.
[[nodiscard]] REFRAIN_API Result<FeedCounts> read_feed(const FeedBytes& bytes,
                                                       const FeedOptions& options,
                                                       const FeedVisitor& visitor,
                                                       const std::stop_token& stop = {});

}  // namespace refrain
