#pragma once

#include <cstdint>

#include "refrain/catalogue.h"
#include "refrain/result.h"

#include "store/sqlite/statement.h"

namespace refrain::store {

/// Binds key, revision, end of being disabled, shadow and reason to the parameters 1 to 5.
void bind_state(Statement& statement, std::int64_t key, const ItemState& state);

/// Reads and writes what may change of an item. Its statements are prepared once.
///
/// One thread at a time; call it inside a write transaction, and let it go before the commit.
class StateWriter {
  public:
    /// @param connection  must outlive the writer
    explicit StateWriter(sqlite3* connection);

    /// @error as of Statement::step
    [[nodiscard]] Result<ItemState> read(std::int64_t key);
    /// @error as of Statement::step
    [[nodiscard]] Result<void> write(std::int64_t key, const ItemState& state);

  private:
    Statement read_;
    Statement write_;
};

}  // namespace refrain::store
