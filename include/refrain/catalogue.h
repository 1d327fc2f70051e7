#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/api.h"
#include "refrain/feeds.h"
#include "refrain/fingerprint.h"

namespace refrain {

// What is known of items and banks beside what they look like, and what can change of it. The calls
// that use these types are those of Corpus (corpus.h).
//
// Lifetime: all of them own what they hold. Thread safety: values; one thread at a time may change
// one. Times are microseconds since 1970 UTC by the clock of this machine, unless a comment says
// otherwise.

/// Who changes something, and why. The log of changes keeps both with each entry.
struct Author {
    std::string by;      ///< a name of a person or a program; may be empty
    std::string reason;  ///< one line for people; may be empty

    friend bool operator==(const Author&, const Author&) = default;
};

/// What is known of an item.
enum class Knowledge : std::uint8_t {
    kMedia = 0,       ///< the medium was fingerprinted
    kHashOnly = 1,    ///< PDQ codes of a list; nobody here had the medium
    kDigestOnly = 2,  ///< digests of its bytes alone
};

/// The word for it in JSON and options: `media`, `hash` or `digest`.
///
/// Lifetime: the text is never freed. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::string_view knowledge_name(Knowledge knowledge);
/// The inverse. @return nothing for any other word
[[nodiscard]] REFRAIN_API std::optional<Knowledge> knowledge_named(std::string_view name);

/// What is known of an item, told by its medium and the number of its frames.
///
/// Thread safety: pure function.
[[nodiscard]] REFRAIN_API Knowledge knowledge_of(const MediaInfo& media, std::uint64_t frames);

/// How a digest was made. The numbers stand in the store and never change.
enum class DigestAlgorithm : std::uint8_t { kMd5 = 1, kSha1 = 2, kSha256 = 3 };

/// A digest of a file's bytes.
struct FileDigest {
    DigestAlgorithm algorithm = DigestAlgorithm::kSha256;
    std::vector<std::uint8_t> bytes;  ///< 16 of MD5, 20 of SHA-1, 32 of SHA-256

    friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

/// What a source, such as a list or a feed, says of an item. An item may have claims of several
/// sources. It stays known for as long as one of them, or somebody with the medium, asserts it.
struct SourceClaim {
    std::string source;  ///< the name of the source, e.g. `stopncii`
    std::string entry;   ///< the id that the source gives the item; empty: it has no ids
    FeedOpinion opinion = FeedOpinion::kListed;
    std::string opinions;  ///< who thinks what, in one line for people; may be empty
    /// When the source said so, by its own clock.
    std::optional<std::int64_t> stated_at_us;
    bool is_withdrawn = false;         ///< the source said so once, and no longer does
    std::int64_t first_seen_us = 0;    ///< when the claim was first read
    std::int64_t last_changed_us = 0;  ///< when it last came with other content

    friend bool operator==(const SourceClaim&, const SourceClaim&) = default;
};

/// Says that a source no longer lists one of its entries in a bank.
struct Withdrawal {
    std::string source;  ///< SourceClaim::source
    std::string bank;
    std::string entry;                         ///< SourceClaim::entry; never empty
    std::optional<std::int64_t> stated_at_us;  ///< when the source said so, by its own clock
};

/// What became of a withdrawal.
struct WithdrawOutcome {
    std::uint64_t removed = 0;  ///< items that nothing else asserts
    std::uint64_t kept = 0;     ///< items that stay: another source asserts them, or the medium
    bool is_stale = false;      ///< the source said something newer before
};

/// Stands for a time that never comes, in `until` fields.
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

/// What may change of an item while it is known.
struct ItemState {
    std::uint64_t revision = 1;  ///< rises with each change of the item
    /// Until when it is not searched. kForever: until somebody enables it. Absent: it is searched.
    std::optional<std::int64_t> disabled_until_us;
    bool is_shadow = false;  ///< its matches are shown, and are not to be acted upon
    std::string reason;      ///< why it is disabled or in shadow, for people; may be empty

    /// Whether it is not searched at this time.
    [[nodiscard]] bool is_disabled(std::int64_t now_us) const {
        return disabled_until_us.has_value() && *disabled_until_us > now_us;
    }
    friend bool operator==(const ItemState&, const ItemState&) = default;
};

/// A change of whether an item is searched.
enum class Switch : std::uint8_t {
    kKeep,     ///< no change
    kDisable,  ///< until ItemEdit::until_us
    kEnable,   ///< searched, and acted upon
    kShadow,   ///< searched, and not acted upon
};

/// A change of one item. What is not set stays as it is.
///
///     ItemEdit edit;
///     edit.id = "m_8f3a";
///     edit.labels["reviewed"] = "yes";
///     edit.labels["draft"] = std::nullopt;   // drops it
///     edit.is_searched = Switch::kDisable;
struct ItemEdit {
    std::string id;
    /// Labels to set. A label without a value is dropped.
    std::map<std::string, std::optional<std::string>> labels;
    std::optional<std::string> bank;  ///< the bank that it moves to
    Switch is_searched = Switch::kKeep;
    std::int64_t until_us = kForever;  ///< until when Switch::kDisable holds
    /// The change is made only if the item still has this revision.
    std::optional<std::uint64_t> if_revision;
};

/// What became of an edit.
enum class EditStatus : std::uint8_t {
    kChanged,    ///< the item is as the edit wants it, and was not before
    kUnchanged,  ///< it was so before
    kUnknown,    ///< no item has the id
    kStale,      ///< the item has another revision
    kTaken,      ///< the other bank holds the same bytes
};

/// The word for it in JSON: `changed`, `unchanged`, `unknown`, `stale` or `taken`.
///
/// Lifetime: the text is never freed. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::string_view edit_status_name(EditStatus status);

/// What became of one ItemEdit.
struct EditOutcome {
    EditStatus status = EditStatus::kUnknown;
    std::uint64_t revision = 0;  ///< of the item after the edit; 0: there is no such item
    bool made_bank = false;      ///< the item is the first that its bank ever had

    friend bool operator==(const EditOutcome&, const EditOutcome&) = default;
};

/// What matches of a bank are for.
enum class BankMode : std::uint8_t {
    kEnforce = 0,  ///< they are to be acted upon
    kShadow = 1,   ///< matches are shown, and are not to be acted upon
    kOff = 2,      ///< not searched
};
/// Whether a bank holds what is unwanted, or what is allowed.
enum class BankKind : std::uint8_t {
    kDeny = 0,
    kAllow = 1,  ///< other matches that its own matches cover are not to be acted upon
};

/// The words for these in JSON and options: `enforce`, `shadow`, `off`, and `deny`, `allow`. Those
/// that read a word give nothing for any other one.
///
/// Lifetime: texts are never freed. Thread safety: pure functions.
[[nodiscard]] REFRAIN_API std::string_view bank_mode_name(BankMode mode);
[[nodiscard]] REFRAIN_API std::optional<BankMode> bank_mode_named(std::string_view name);
[[nodiscard]] REFRAIN_API std::string_view bank_kind_name(BankKind kind);
[[nodiscard]] REFRAIN_API std::optional<BankKind> bank_kind_named(std::string_view name);

/// What holds for all matches of a bank.
struct BankSettings {
    std::string name;
    BankMode mode = BankMode::kEnforce;
    BankKind kind = BankKind::kDeny;
    /// The least score of a match in this bank. Absent: FindOptions::min_score counts.
    std::optional<double> min_score;
    std::string note;  ///< for people

    friend bool operator==(const BankSettings&, const BankSettings&) = default;
};

/// A change of a bank; what is not set stays.
struct BankEdit {
    std::optional<BankMode> mode;
    std::optional<BankKind> kind;
    std::optional<double> min_score;  ///< >= 0, finite
    bool drops_min_score = false;     ///< FindOptions::min_score counts again
    std::optional<std::string> note;
};

/// What adding bytes that are known does to the labels of the item that holds them.
enum class LabelRule : std::uint8_t {
    kKeep,    ///< nothing
    kFillIn,  ///< names that it lacks are added
    kUpdate,  ///< names that it lacks are added, and those that it has get the new value
};

/// In which order items are listed.
enum class ItemOrder : std::uint8_t {
    kId,      ///< by the bytes of their ids
    kAdded,   ///< the oldest first
    kNewest,  ///< the youngest first
};

/// Which items are meant. An item has to meet all conditions that are set; the default means all.
struct ItemFilter {
    std::vector<std::string> banks;             ///< it is in one of these; empty: in any bank
    std::map<std::string, std::string> labels;  ///< it has all of these
    std::string name;  ///< its name matches this, as of `matches_glob`; empty: any
    std::optional<MediaKind> kind;
    std::optional<Knowledge> knowledge;
    std::optional<std::int64_t> since_us;  ///< it was added then or later
    std::optional<std::int64_t> until_us;  ///< it was added before
    std::optional<bool> is_disabled;       ///< whether it is disabled at the time of the call
};

/// Whether a text matches a pattern. `*` stands for any number of bytes, `?` for one byte, `[a-z]`
/// for one of these and `[!a-z]` for one that is none of these. A `[` that is never closed stands
/// for itself.
///
///     matches_glob("holiday-7.jpg", "holiday-?.*");   // true
///
/// Cost: at most the product of both lengths. Thread safety: pure function.
[[nodiscard]] REFRAIN_API bool matches_glob(std::string_view text, std::string_view pattern);

/// What an entry of the log of changes is about. The numbers stand in the store and never change.
enum class ChangeKind : std::uint8_t {
    kAdd = 1,
    kRemove = 2,
    kLabel = 3,
    kMove = 4,
    kDisable = 5,
    kEnable = 6,
    kSource = 7,  ///< what a source says of the item
    kBank = 8,    ///< settings of a bank
    kShadow = 9,
};

/// The word for it in JSON: `add`, `remove`, `label`, `move`, `disable`, `enable`, `source`, `bank`
/// or `shadow`.
///
/// Lifetime: the text is never freed. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::string_view change_kind_name(ChangeKind kind);

/// An entry of the log of changes. The log is append-only: entries are never changed or dropped.
struct LogEntry {
    std::uint64_t sequence = 0;  ///< 1, 2, 3, ... in order of commit
    ChangeKind kind = ChangeKind::kAdd;
    std::string id;          ///< of the item; of the bank with ChangeKind::kBank
    std::int64_t at_us = 0;  ///< when it was committed
    Author author;           ///< empty where the entry is older than schema version 3
    std::string detail;      ///< what changed, for people; may be empty
};

}  // namespace refrain
