#include <array>
#include <utility>

#include "refrain/catalogue.h"
#include "refrain/verdict.h"

namespace refrain {

namespace {

template <typename Value, std::size_t kCount>
using Words = std::array<std::pair<Value, std::string_view>, kCount>;

constexpr Words<Knowledge, 3> kKnowledge{{{Knowledge::kMedia, "media"},
                                          {Knowledge::kHashOnly, "hash"},
                                          {Knowledge::kDigestOnly, "digest"}}};
constexpr Words<BankMode, 3> kModes{
    {{BankMode::kEnforce, "enforce"}, {BankMode::kShadow, "shadow"}, {BankMode::kOff, "off"}}};
constexpr Words<BankKind, 2> kKinds{{{BankKind::kDeny, "deny"}, {BankKind::kAllow, "allow"}}};
constexpr Words<EditStatus, 5> kStatuses{{{EditStatus::kChanged, "changed"},
                                          {EditStatus::kUnchanged, "unchanged"},
                                          {EditStatus::kUnknown, "unknown"},
                                          {EditStatus::kStale, "stale"},
                                          {EditStatus::kTaken, "taken"}}};
constexpr Words<ChangeKind, 9> kChanges{{{ChangeKind::kAdd, "add"},
                                         {ChangeKind::kRemove, "remove"},
                                         {ChangeKind::kLabel, "label"},
                                         {ChangeKind::kMove, "move"},
                                         {ChangeKind::kDisable, "disable"},
                                         {ChangeKind::kEnable, "enable"},
                                         {ChangeKind::kSource, "source"},
                                         {ChangeKind::kBank, "bank"},
                                         {ChangeKind::kShadow, "shadow"}}};

constexpr Words<Action, 4> kActions{{{Action::kNone, "none"},
                                     {Action::kAllowed, "allowed"},
                                     {Action::kShadow, "shadow"},
                                     {Action::kEnforce, "enforce"}}};

template <typename Value, std::size_t kCount>
std::string_view word_of(const Words<Value, kCount>& words, Value value) {
    for (const auto& [known, word] : words) {
        if (known == value) {
            return word;
        }
    }
    return {};
}

template <typename Value, std::size_t kCount>
std::optional<Value> value_of(const Words<Value, kCount>& words, std::string_view word) {
    for (const auto& [value, known] : words) {
        if (known == word) {
            return value;
        }
    }
    return std::nullopt;
}

/// A set such as `[a-z]` at the beginning of a pattern.
struct Set {
    std::size_t length = 0;  ///< in the pattern; 0: it is none
    bool has_it = false;     ///< whether the byte is one that it lets through
};

Set match_set(std::string_view pattern, char byte) {
    const auto value = static_cast<unsigned char>(byte);
    std::size_t at = 1;
    const bool is_negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
    at += is_negated ? 1 : 0;
    bool is_in = false;
    for (bool is_first = true; at < pattern.size() && (is_first || pattern[at] != ']');
         is_first = false) {
        const auto low = static_cast<unsigned char>(pattern[at]);
        auto high = low;
        if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
            high = static_cast<unsigned char>(pattern[at + 2]);
            at += 2;
        }
        is_in = is_in || (low <= value && value <= high);
        ++at;
    }
    if (at >= pattern.size()) {
        return {};
    }
    return {at + 1, is_in != is_negated};
}

/// The length of what stands for one byte at the beginning of the pattern, if it lets `byte`
/// through; 0: it does not.
std::size_t match_one(std::string_view pattern, char byte) {
    if (pattern.empty() || pattern.front() == '*') {
        return 0;
    }
    if (pattern.front() == '[') {
        if (const Set set = match_set(pattern, byte); set.length > 0) {
            return set.has_it ? set.length : 0;
        }
    }
    return pattern.front() == '?' || pattern.front() == byte ? 1 : 0;
}

}  // namespace

std::string_view knowledge_name(Knowledge knowledge) { return word_of(kKnowledge, knowledge); }
std::optional<Knowledge> knowledge_named(std::string_view name) {
    return value_of(kKnowledge, name);
}
std::string_view edit_status_name(EditStatus status) { return word_of(kStatuses, status); }
std::string_view bank_mode_name(BankMode mode) { return word_of(kModes, mode); }
std::optional<BankMode> bank_mode_named(std::string_view name) { return value_of(kModes, name); }
std::string_view bank_kind_name(BankKind kind) { return word_of(kKinds, kind); }
std::optional<BankKind> bank_kind_named(std::string_view name) { return value_of(kKinds, name); }
std::string_view change_kind_name(ChangeKind kind) { return word_of(kChanges, kind); }

std::string_view action_name(Action action) { return word_of(kActions, action); }

Knowledge knowledge_of(const MediaInfo& media, std::uint64_t frames) {
    // No medium has 0 bytes: it could not have been decoded.
    return media.digest.bytes > 0 ? Knowledge::kMedia
           : frames > 0           ? Knowledge::kHashOnly
                                  : Knowledge::kDigestOnly;
}

bool matches_glob(std::string_view text, std::string_view pattern) {
    // Where the last `*` stood and what it has swallowed so far: when the rest does not fit it
    // swallows a byte more. Earlier ones need not change.
    std::optional<std::size_t> star;
    std::size_t swallowed = 0;
    std::size_t at = 0;
    std::size_t in = 0;
    while (at < text.size()) {
        const std::size_t length = match_one(pattern.substr(in), text[at]);
        if (length > 0) {
            ++at;
            in += length;
        } else if (in < pattern.size() && pattern[in] == '*') {
            star = in++;
            swallowed = at;
        } else if (star) {
            in = *star + 1;
            at = ++swallowed;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in) == std::string_view::npos;
}

}  // namespace refrain
