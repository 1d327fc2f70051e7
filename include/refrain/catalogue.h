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

// What can be said of items and banks beside what they look like, and what changes it. The calls
// are those of Corpus. All of these are values.

/// Who changes something, and why: every entry of the log of changes says so.
struct Author {
    std::string by;
    std::string reason;

    friend bool operator==(const Author&, const Author&) = default;
};

/// What is known of an item.
enum class Knowledge : std::uint8_t {
    kMedia = 0,       ///< the medium was fingerprinted
    kHashOnly = 1,    ///< PDQ codes of a list; nobody here had the medium
    kDigestOnly = 2,  ///< digests of its bytes alone
};

/// `media`, `hash`, `digest`.
[[nodiscard]] REFRAIN_API std::string_view knowledge_name(Knowledge knowledge);
[[nodiscard]] REFRAIN_API std::optional<Knowledge> knowledge_named(std::string_view name);

/// What is known of an item with this medium and so many frames.
[[nodiscard]] REFRAIN_API Knowledge knowledge_of(const MediaInfo& media, std::uint64_t frames);

/// What a source (a list, a feed) says of an item.
struct SourceClaim {
    std::string source;  ///< its name, e.g. `stopncii`
    std::string entry;   ///< its own id for the item; empty: it has none
    FeedOpinion opinion = FeedOpinion::kListed;
    std::string opinions;                      ///< who thinks what, in one line; may be empty
    std::optional<std::int64_t> stated_at_us;  ///< by its own clock, since 1970 UTC
    bool is_withdrawn = false;                 ///< it said so once, and does no longer
    std::int64_t first_seen_us = 0;            ///< by ours
    std::int64_t last_changed_us = 0;

    friend bool operator==(const SourceClaim&, const SourceClaim&) = default;
};

/// What a source no longer says: its entry, in one bank.
struct Withdrawal {
    std::string source;
    std::string bank;
    std::string entry;                         ///< never empty
    std::optional<std::int64_t> stated_at_us;  ///< as of SourceClaim
};

/// What became of a withdrawal.
struct WithdrawOutcome {
    std::uint64_t removed = 0;  ///< items that nothing else asserts
    std::uint64_t kept = 0;     ///< items that stay: another source asserts them, or the medium
    bool is_stale = false;      ///< the source said something newer before
};

/// The time of what never ends.
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

/// What may change of an item while it is known.
struct ItemState {
    std::uint64_t revision = 1;  ///< rises with each change of the item
    /// Not searched until then (microseconds since 1970 UTC); kForever: until it is enabled.
    std::optional<std::int64_t> disabled_until_us;
    bool is_shadow = false;  ///< its matches are shown, and are not to be acted upon
    std::string reason;      ///< why it is disabled or in shadow

    [[nodiscard]] bool is_disabled(std::int64_t now_us) const {
        return disabled_until_us.has_value() && *disabled_until_us > now_us;
    }
    friend bool operator==(const ItemState&, const ItemState&) = default;
};

/// What is done to whether an item is searched.
enum class Switch : std::uint8_t {
    kKeep,
    kDisable,  ///< until ItemEdit::until_us
    kEnable,   ///< searched, and acted upon
    kShadow,   ///< searched, and not acted upon
};

/// A change of one item.
struct ItemEdit {
    std::string id;
    std::map<std::string, std::optional<std::string>> labels;  ///< none: the label is dropped
    std::optional<std::string> bank;                           ///< where it moves
    Switch is_searched = Switch::kKeep;
    std::int64_t until_us = kForever;
    /// The change is made only if the item still has this revision.
    std::optional<std::uint64_t> if_revision;
};

enum class EditStatus : std::uint8_t {
    kChanged,
    kUnchanged,  ///< it was so before
    kUnknown,    ///< no item has the id
    kStale,      ///< the item has another revision
    kTaken,      ///< the other bank holds the same bytes
};

/// `changed`, `unchanged`, `unknown`, `stale`, `taken`.
[[nodiscard]] REFRAIN_API std::string_view edit_status_name(EditStatus status);

struct EditOutcome {
    EditStatus status = EditStatus::kUnknown;
    std::uint64_t revision = 0;  ///< that the item has now; 0: there is none
    bool made_bank = false;      ///< it is the first in its bank

    friend bool operator==(const EditOutcome&, const EditOutcome&) = default;
};

enum class BankMode : std::uint8_t {
    kEnforce = 0,
    kShadow = 1,  ///< matches are shown, and are not to be acted upon
    kOff = 2,     ///< not searched
};
enum class BankKind : std::uint8_t {
    kDeny = 0,
    kAllow = 1,  ///< what it covers of other matches is not to be acted upon
};

/// `enforce`, `shadow`, `off`; `deny`, `allow`.
[[nodiscard]] REFRAIN_API std::string_view bank_mode_name(BankMode mode);
[[nodiscard]] REFRAIN_API std::optional<BankMode> bank_mode_named(std::string_view name);
[[nodiscard]] REFRAIN_API std::string_view bank_kind_name(BankKind kind);
[[nodiscard]] REFRAIN_API std::optional<BankKind> bank_kind_named(std::string_view name);

/// What holds for all matches of a bank.
struct BankSettings {
    std::string name;
    BankMode mode = BankMode::kEnforce;
    BankKind kind = BankKind::kDeny;
    std::optional<double> min_score;  ///< none: that of the look-up
    std::string note;                 ///< for people

    friend bool operator==(const BankSettings&, const BankSettings&) = default;
};

/// A change of a bank; what is not set stays.
struct BankEdit {
    std::optional<BankMode> mode;
    std::optional<BankKind> kind;
    std::optional<double> min_score;  ///< >= 0, finite
    bool drops_min_score = false;     ///< that of the look-up holds again
    std::optional<std::string> note;
};

/// What adding bytes that are known does to the labels of the item that holds them.
enum class LabelRule : std::uint8_t {
    kKeep,
    kFillIn,  ///< names that it lacks are added
    kUpdate,  ///< and others get the new value
};

/// In which order items are listed.
enum class ItemOrder : std::uint8_t {
    kId,      ///< by the bytes of their ids
    kAdded,   ///< the oldest first
    kNewest,  ///< the youngest first
    kName,    ///< by the bytes of their names; there is no index of these, so all are read
};

/// Which items are meant. All that is set must hold.
struct ItemFilter {
    std::vector<std::string> banks;             ///< in one of these; empty: in any
    std::map<std::string, std::string> labels;  ///< has all of these
    std::string name;                           ///< a pattern of `matches_glob`; empty: any
    std::optional<MediaKind> kind;
    std::optional<Knowledge> knowledge;
    std::optional<std::int64_t> since_us;  ///< added then or later, microseconds since 1970 UTC
    std::optional<std::int64_t> until_us;  ///< added before
    std::optional<bool> is_disabled;       ///< now

    friend bool operator==(const ItemFilter&, const ItemFilter&) = default;
};

/// Whether a text is as a pattern says: `*` stands for any bytes, `?` for one, `[a-z]` for one of
/// these, `[!a-z]` for one of the others; a `[` that is never closed for itself.
///
/// Cost: at most the product of both lengths. Thread safety: pure function.
[[nodiscard]] REFRAIN_API bool matches_glob(std::string_view text, std::string_view pattern);

/// What an entry of the log of changes is about.
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

/// `add`, `remove`, `label`, `move`, `disable`, `enable`, `source`, `bank`, `shadow`.
[[nodiscard]] REFRAIN_API std::string_view change_kind_name(ChangeKind kind);

/// An entry of the log of changes.
struct LogEntry {
    std::uint64_t sequence = 0;  ///< 1, 2, 3, ... in order of commit
    ChangeKind kind = ChangeKind::kAdd;
    std::string id;  ///< of the item; with kBank the bank
    std::int64_t at_us = 0;
    Author author;       ///< empty: before authors were kept
    std::string detail;  ///< what changed, for people; may be empty
};

}  // namespace refrain
