#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

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
    explicit ItemWriter(sqlite3* connection);

    /// Adds an item that nothing in the store contradicts.
    ///
    /// @param item    its key is used as it is; with 0 it gets the next one
    /// @param record  borrowed for the call
    /// @error kCorpusDamaged  it contradicts an item that is there; and as of Statement::step
    [[nodiscard]] Result<WrittenItem> add(const StoredItem& item,
                                          std::span<const std::byte> record);

    /// @error as of Statement::step
    [[nodiscard]] Result<void> log_change(ChangeKind kind,
                                          std::int64_t key,
                                          const std::string& id,
                                          std::int64_t at_us);

  private:
    [[nodiscard]] Result<std::int64_t> add_medium(const StoredItem& item,
                                                  std::span<const std::byte> record);
    [[nodiscard]] Result<void> add_labels(std::int64_t key, const StoredItem& item);

    sqlite3* connection_;
    Statement bank_;
    Statement medium_;
    Statement label_;
    Statement change_;
};

}  // namespace refrain::store
