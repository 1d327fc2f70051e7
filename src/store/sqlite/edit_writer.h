#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "refrain/catalogue.h"
#include "refrain/result.h"

#include "store/sqlite/item_writer.h"
#include "store/sqlite/state_writer.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

/// Changes items that are there.
///
/// One thread at a time; call it inside a write transaction, and let it go before the commit.
/// Everything may fail as Statement::step does.
class EditWriter {
  public:
    /// @param connection, items  must outlive the writer
    EditWriter(sqlite3* connection, ItemWriter& items, std::int64_t at_us);

    /// @param reason  of the edit's author; kept where the item is disabled or set to shadow
    [[nodiscard]] Result<EditOutcome> edit(const ItemEdit& edit, const std::string& reason);

    /// Gives labels to an item. @return whether that changed anything
    /// @param replaces  also those of names that it has
    [[nodiscard]] Result<bool> merge_labels(std::int64_t key,
                                            const std::string& id,
                                            const std::map<std::string, std::string>& labels,
                                            bool replaces);

  private:
    using LabelEdits = std::map<std::string, std::optional<std::string>>;

    /// @return what changed, in one line; empty: nothing
    [[nodiscard]] Result<std::string> set_labels(std::int64_t key, const LabelEdits& labels);
    /// @return false: the other bank holds the same bytes
    [[nodiscard]] Result<bool> move(std::int64_t key, const std::string& bank, bool& made_bank);
    [[nodiscard]] Result<std::map<std::string, std::string>> labels_of(std::int64_t key);
    /// Raises the revision and writes the log. @param detail  empty: nothing of this kind changed
    [[nodiscard]] Result<void> note(ChangeKind kind,
                                    std::int64_t key,
                                    const std::string& id,
                                    const std::string& detail,
                                    ItemState& state);

    sqlite3* connection_;
    ItemWriter& items_;
    StateWriter states_;
    std::int64_t at_us_;
    Statement found_;
    Statement labels_;
    Statement set_label_;
    Statement drop_label_;
};

}  // namespace refrain::store
