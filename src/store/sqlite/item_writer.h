#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "refrain/result.h"

#include "store/sqlite/sqlite_catalogue.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

/// What a new item became.
struct WrittenItem {
    std::int64_t key = 0;
    bool made_bank = false;  ///< its bank had never had an item before
};

/// Writes items with their labels, and the log of changes. Its statements are prepared once.
///
/// One thread at a time; call it inside a write transaction, and let it go before the commit.
class ItemWriter {
  public:
    /// @param connection  must outlive the writer
    /// @param author      stands in the log of changes
    explicit ItemWriter(sqlite3* connection, Author author = {});

    /// Adds an item that nothing in the store contradicts.
    ///
    /// @param item    its key is used as it is; with 0 it gets the next one
    /// @param record  borrowed for the call
    /// @error kCorpusDamaged  it contradicts an item that is there; and as of Statement::step
    [[nodiscard]] Result<WrittenItem> add(const StoredItem& item,
                                          std::span<const std::byte> record);

    /// The key of a bank, which is made if it is not there. @error as of Statement::step
    [[nodiscard]] Result<std::int64_t> bank_key(const std::string& name, bool& made);

    /// @error as of Statement::step
    [[nodiscard]] Result<void> log_change(ChangeKind kind,
                                          std::int64_t key,
                                          const std::string& id,
                                          std::int64_t at_us,
                                          std::string_view detail = {});

  private:
    [[nodiscard]] Result<std::int64_t> add_medium(const StoredItem& item,
                                                  std::span<const std::byte> record);
    [[nodiscard]] Result<void> add_labels(std::int64_t key, const StoredItem& item);
    [[nodiscard]] Result<void> add_state(std::int64_t key, const ItemState& state);
    [[nodiscard]] Result<void> make_bank(const std::string& name, bool& made);
    /// Looks the author up, or writes it, once.
    [[nodiscard]] Result<void> settle_author();

    sqlite3* connection_;
    Statement bank_;
    Statement medium_;
    Statement label_;
    Statement state_;
    Statement change_;
    Author author_;
    std::int64_t author_key_ = 0;  ///< 0: not settled, or there is none
};

}  // namespace refrain::store
