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

// Reads the hash lists and feeds in which platforms and hotlines tell each other what they know.
// Nothing here touches a corpus: import.h makes known what a feed holds.
//
// Every input is untrusted. A reader takes bounded memory (FeedLimits), follows no reference out of
// the input, and says with a reason what it refuses.
//
// All types of this header are values: they own what they hold, and one thread at a time may change
// one.

/// How a hash list or a page of a feed is written. docs/feeds.md describes each format.
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

/// The word of a format that `import --format` takes, e.g. `pdq` or `stopncii`.
///
/// Lifetime: the text is never freed. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::string_view feed_format_name(FeedFormat format);
/// The inverse, in lower case. @return nothing for any other word
[[nodiscard]] REFRAIN_API std::optional<FeedFormat> feed_format_named(std::string_view name);

/// What kind of hash an entry carries.
enum class SignalKind : std::uint8_t {
    kNone,    ///< none: the entry withdraws another one by its id
    kPdq,     ///< PDQ of a picture
    kVpdq,    ///< PDQ of frames of a video
    kMd5,     ///< MD5 of a file's bytes
    kSha1,    ///< SHA-1 of a file's bytes
    kSha256,  ///< SHA-256 of a file's bytes
};

/// The word for a kind: `pdq`, `vpdq`, `md5`, `sha1` or `sha256`; empty for kNone.
///
/// Lifetime: the text is never freed. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::string_view signal_kind_name(SignalKind kind);

/// What a feed says of an entry.
enum class FeedAction : std::uint8_t {
    kAssert,    ///< it is known
    kWithdraw,  ///< this feed no longer says so
};

/// What those who share an entry think of it. Feeds that let others vote have opinions.
enum class FeedOpinion : std::uint8_t {
    kListed,    ///< listed, and nobody speaks against it
    kDisputed,  ///< some hold it for harmless
    kHarmless,  ///< all that have an opinion hold it for harmless: a reason to stay silent
};

/// The PDQ code of one frame of a video.
struct FeedFrame {
    MediaTime time;  ///< presentation time
    Hash256 hash;
    std::uint8_t quality = 100;  ///< PDQ quality, 0..100

    friend bool operator==(const FeedFrame&, const FeedFrame&) = default;
};

/// One hash of a list or a feed, whatever its format.
///
/// An entry of a feed may carry several hashes. It gives one FeedEntry for each, all with the same
/// `source_id`.
///
/// Thread safety: a value.
struct FeedEntry {
    FeedAction action = FeedAction::kAssert;
    SignalKind kind = SignalKind::kNone;
    Hash256 pdq;  ///< of kPdq
    /// Of kMd5, kSha1 and kSha256; `digest_bytes` is the part in use.
    std::array<std::uint8_t, 32> digest{};
    std::uint8_t quality = 100;     ///< of kPdq, 0..100; 100 where the feed does not say
    std::vector<FeedFrame> frames;  ///< of kVpdq, at least one, in order of time
    std::map<std::string, std::string> labels;
    std::string source_id;  ///< the entry's name within its feed; empty: the feed has no ids
    FeedOpinion opinion = FeedOpinion::kListed;
    std::string opinions;  ///< who thinks what, in one line for people; may be empty
    /// When the feed last changed the entry, in microseconds since 1970 UTC.
    std::optional<std::int64_t> at_us;
    /// Until when the entry is not to be matched, in microseconds since 1970 UTC. The largest
    /// number means for ever.
    std::optional<std::int64_t> disabled_until_us;
    std::uint64_t line = 0;  ///< line of the input on which the entry ends, counted from 1

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

/// A piece of the input that could not be read as an entry.
struct FeedRefusal {
    /// Why, as a word of docs/feeds.md, e.g. `odd_digits`. The text is never freed.
    std::string_view reason;
    std::uint64_t line = 0;  ///< line of the input, counted from 1
    std::string detail;      ///< one line for people; may hold bytes of the input
};

/// What became of an input.
struct FeedCounts {
    FeedFormat format = FeedFormat::kAuto;  ///< the format it was read as, never kAuto at the end
    std::uint64_t lines = 0;                ///< lines of the input
    std::uint64_t asserted = 0;             ///< entries handed over with kAssert
    std::uint64_t withdrawn = 0;            ///< entries handed over with kWithdraw
    std::uint64_t passed_over = 0;          ///< lines that are blank, comments or headings
    std::uint64_t unknown_fields = 0;       ///< fields of entries that this build does not know
    std::map<std::string, std::uint64_t> refused;  ///< FeedRefusals, by reason
};

/// Reads an input: puts the next bytes into the span, at least one and as many as it likes.
///
/// @return how many; 0 at the end of the input
using FeedBytes = std::function<Result<std::size_t>(std::span<char>)>;

/// How an input is read. Thread safety: a value.
struct FeedOptions {
    FeedFormat format = FeedFormat::kAuto;
    /// Some tools write a PDQ code with its sixteen words of 16 bits in reverse order. This turns
    /// them round.
    bool is_word_reversed = false;
};

/// Receives what is read, in the thread that reads. Each function returns false to end the reading.
struct FeedVisitor {
    std::function<bool(FeedEntry&&)> entry;           ///< may be empty: entries are only counted
    std::function<bool(const FeedRefusal&)> refused;  ///< may be empty: refusals are only counted
};

/// The limits that every input is held to. What exceeds one is refused, and costs no more memory.
struct FeedLimits {
    static constexpr std::size_t kMaxLine = 64 * 1024;           ///< bytes of a line of text
    static constexpr std::size_t kMaxToken = 16 * 1024 * 1024;   ///< bytes of a JSON or XML token
    static constexpr std::size_t kMaxRecord = 16 * 1024 * 1024;  ///< bytes of one JSON entry
    static constexpr std::size_t kMaxDepth = 64;                 ///< of JSON and XML
    static constexpr std::size_t kMaxFrames = 1'000'000;         ///< of a video
    static constexpr std::size_t kMaxLabels = 64;                ///< of an entry
    static constexpr std::size_t kMaxLabel = 4096;               ///< bytes of a label's value
};

/// Which format the beginning of an input looks like.
///
/// @param beginning  the first 64 KiB, or all if there are fewer
/// @return           nothing: like none of them
///
/// Cost: reads what it is given once. Thread safety: pure function.
///
///     if (detect_feed(beginning) == FeedFormat::kNcmec) {
///         std::cout << "hashes of NCMEC\n";
///     }
[[nodiscard]] REFRAIN_API std::optional<FeedFormat> detect_feed(std::string_view beginning);

/// Reads a list or a feed to its end and hands over its entries one by one, in order.
///
/// The input is untrusted. What cannot be read is refused with a reason, and reading goes on at the
/// next entry, if the format lets it be found. A truncated file gives the entries before its end
/// and one refusal. XML with a document type declaration is refused, so no entities can be defined.
///
/// JSON documents may follow each other: the pages of a feed can be put together with `cat`.
///
/// @error kUnsupportedFormat  kAuto could not tell, or kRecords was asked for
/// @error kCancelled          `stop` was requested
/// @error kInvalidArgument    there is no `bytes`
/// @error any                 error of `bytes`
///
/// Cost: one pass over the input. Memory: 64 KiB, and one entry within FeedLimits. Thread safety:
/// pure function; the callbacks run in the calling thread.
///
///     std::ifstream file("list.txt");
///     const FeedBytes bytes = [&](std::span<char> room) -> Result<std::size_t> {
///         file.read(room.data(), static_cast<std::streamsize>(room.size()));
///         return static_cast<std::size_t>(file.gcount());
///     };
///     const auto counts = read_feed(bytes, {}, {[](FeedEntry&& entry) {
///         std::cout << to_hex(entry.pdq) << '\n';
///         return true;
///     }});
[[nodiscard]] REFRAIN_API Result<FeedCounts> read_feed(const FeedBytes& bytes,
                                                       const FeedOptions& options,
                                                       const FeedVisitor& visitor,
                                                       const std::stop_token& stop = {});

}  // namespace refrain
