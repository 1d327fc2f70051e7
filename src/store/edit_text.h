#pragma once

#include <map>
#include <optional>
#include <string>

#include "refrain/catalogue.h"
#include "refrain/result.h"

namespace refrain::store {

// What all catalogues do alike when something is changed.

/// How labels change, in one line: `case: 7 -> 8, note: dropped`; empty: they do not.
[[nodiscard]] std::string label_text(
    const std::map<std::string, std::string>& held,
    const std::map<std::string, std::optional<std::string>>& edits);

/// `default -> other`
[[nodiscard]] std::string move_text(const std::string& from, const std::string& to);

/// Changes whether the item is searched. @return what that is in the log; nothing: it was so
[[nodiscard]] std::optional<ChangeKind> turn_switch(ItemState& state,
                                                    const ItemEdit& edit,
                                                    const std::string& reason);

/// Until when the item is disabled, as it stands in the log.
[[nodiscard]] std::string switch_text(const ItemState& state);

/// Changes settings. @return how, in one line; empty: they were so
[[nodiscard]] std::string change_bank(BankSettings& settings, const BankEdit& edit);

/// Whether an edit may be made. @error kInvalidArgument
[[nodiscard]] Result<void> check_edit(const ItemEdit& edit);
[[nodiscard]] Result<void> check_withdrawal(const Withdrawal& withdrawal);
[[nodiscard]] Result<void> check_bank_edit(const std::string& name, const BankEdit& edit);
[[nodiscard]] Result<void> check_author(const Author& author);

}  // namespace refrain::store
