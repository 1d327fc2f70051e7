#include "store/edit_text.h"

#include <cmath>
#include <string_view>

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

#include "store/row_check.h"

namespace refrain::store {

namespace {

// A line of the log is read by people; the item itself has the whole of it.
constexpr std::size_t kMostShown = 200;

std::string shortened(const std::string& text) {
    return text.size() <= kMostShown ? text : text.substr(0, kMostShown) + "...";
}

void append(std::string& text, const std::string& more) {
    text += (text.empty() ? "" : ", ") + more;
}

Error invalid(std::string_view what) {
    return {ErrorCode::kInvalidArgument, fmt::format("corpus: {}", what)};
}

bool is_too_long(const std::string& text) { return text.size() > kMaxTextBytes; }

std::string score_text(const std::optional<double>& score) {
    return score ? fmt::format("{}", *score) : std::string("default");
}

}  // namespace

std::string label_text(const std::map<std::string, std::string>& held,
                       const std::map<std::string, std::optional<std::string>>& edits) {
    std::string text;
    for (const auto& [name, value] : edits) {
        const auto old = held.find(name);
        const bool is_held = old != held.end();
        if (!value && is_held) {
            append(text, fmt::format("{}: {} dropped", shortened(name), shortened(old->second)));
        } else if (value && !is_held) {
            append(text, fmt::format("{}: {}", shortened(name), shortened(*value)));
        } else if (value && old->second != *value) {
            append(text, fmt::format("{}: {} -> {}", shortened(name), shortened(old->second),
                                     shortened(*value)));
        }
    }
    return text;
}

std::string move_text(const std::string& from, const std::string& to) {
    return shortened(from) + " -> " + shortened(to);
}

std::optional<ChangeKind> turn_switch(ItemState& state,
                                      const ItemEdit& edit,
                                      const std::string& reason) {
    ItemState next = state;
    ChangeKind kind = ChangeKind::kEnable;
    switch (edit.is_searched) {
        case Switch::kKeep:
            return std::nullopt;
        case Switch::kDisable:
            kind = ChangeKind::kDisable;
            next.disabled_until_us = edit.until_us;
            next.reason = reason;
            break;
        case Switch::kEnable:
            next.disabled_until_us.reset();
            next.is_shadow = false;
            next.reason.clear();
            break;
        case Switch::kShadow:
            kind = ChangeKind::kShadow;
            next.is_shadow = true;
            next.reason = reason;
            break;
    }
    if (next == state) {
        return std::nullopt;
    }
    state = next;
    return kind;
}

std::string switch_text(const ItemState& state) {
    constexpr std::int64_t kSecond = 1'000'000;
    if (!state.disabled_until_us || *state.disabled_until_us == kForever) {
        return {};
    }
    return fmt::format("until {:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(static_cast<std::time_t>(*state.disabled_until_us / kSecond)));
}

std::string change_bank(BankSettings& settings, const BankEdit& edit) {
    std::string text;
    if (edit.mode && *edit.mode != settings.mode) {
        append(text, fmt::format("mode: {} -> {}", bank_mode_name(settings.mode),
                                 bank_mode_name(*edit.mode)));
        settings.mode = *edit.mode;
    }
    if (edit.kind && *edit.kind != settings.kind) {
        append(text, fmt::format("kind: {} -> {}", bank_kind_name(settings.kind),
                                 bank_kind_name(*edit.kind)));
        settings.kind = *edit.kind;
    }
    const std::optional<double> score = edit.drops_min_score ? std::nullopt
                                        : edit.min_score     ? edit.min_score
                                                             : settings.min_score;
    if (score != settings.min_score) {
        append(text, fmt::format("min_score: {} -> {}", score_text(settings.min_score),
                                 score_text(score)));
        settings.min_score = score;
    }
    if (edit.note && *edit.note != settings.note) {
        append(text, "note: " + shortened(*edit.note));
        settings.note = *edit.note;
    }
    return text;
}

Result<void> check_edit(const ItemEdit& edit) {
    if (edit.bank && (edit.bank->empty() || is_too_long(*edit.bank))) {
        return invalid("a bank without a name, or a name too long");
    }
    for (const auto& [name, value] : edit.labels) {
        if (name.empty() || is_too_long(name) || (value && is_too_long(*value))) {
            return invalid("a label without a name, or too long");
        }
    }
    return {};
}

Result<void> check_withdrawal(const Withdrawal& withdrawal) {
    for (const std::string* text : {&withdrawal.source, &withdrawal.bank, &withdrawal.entry}) {
        if (text->empty() || is_too_long(*text)) {
            return invalid("a withdrawal without its source, bank or entry, or one too long");
        }
    }
    return {};
}

Result<void> check_bank_edit(const std::string& name, const BankEdit& edit) {
    if (name.empty() || is_too_long(name) || (edit.note && is_too_long(*edit.note))) {
        return invalid("a bank without a name, or a text too long");
    }
    if (edit.min_score && (!std::isfinite(*edit.min_score) || *edit.min_score < 0)) {
        return invalid("the score of a bank is a number from 0 on");
    }
    return {};
}

Result<void> check_author(const Author& author) {
    return is_too_long(author.by) || is_too_long(author.reason)
               ? Result<void>(invalid("an author or a reason too long"))
               : Result<void>();
}

}  // namespace refrain::store
