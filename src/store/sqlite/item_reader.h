#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "refrain/result.h"

#include "store/sqlite/sqlite_catalogue.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

/// Reads rows of `medium` as items, each with its labels.
///
/// One thread at a time; the connection must outlive it.
class ItemReader {
  public:
    enum class Records { kNone, kAll };

    /// @param condition  SQL after the tables `medium AS m` and `bank AS b`, e.g. `WHERE m.key =
    /// ?1`
    ItemReader(sqlite3* connection, std::string_view condition, Records records = Records::kNone);

    /// For binding what `condition` asks for.
    [[nodiscard]] Statement& statement() { return rows_; }
    [[nodiscard]] Result<bool> step() { return rows_.step(); }
    /// Of the row on which `step` stands, believed or not.
    [[nodiscard]] std::int64_t key() const;
    [[nodiscard]] DamagedRow damaged_row(const Error& why) const;
    /// The row on which `step` stands. @error kCorpusDamaged  a column is out of its range
    [[nodiscard]] Result<StoredItem> item();
    /// Its record, borrowed until the next `step`. @error kCorpusDamaged  of another length than
    /// said
    [[nodiscard]] Result<std::span<const std::byte>> record() const;

  private:
    [[nodiscard]] Result<void> read_labels(StoredItem& item);
    [[nodiscard]] Result<void> read_state(StoredItem& item);

    Statement rows_;
    Statement labels_;
    std::optional<Statement> states_;  ///< none: the schema is older
};

}  // namespace refrain::store
