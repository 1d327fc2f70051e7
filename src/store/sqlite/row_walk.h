#pragma once

#include <cstdint>

#include "refrain/result.h"

#include "store/sqlite/item_reader.h"
#include "store/sqlite/sqlite_catalogue.h"

namespace refrain::store {

/// Visits the rows of `medium` by key, whatever state they are in: one that cannot be believed is
/// handed over as damaged. Where the tree of the table cannot be walked any further, each item that
/// the log of changes names is looked up by its key; where the log cannot be read either, every
/// key.
///
/// One thread at a time; call it inside a transaction. The connection and the visitor must outlive
/// it.
class RowWalk {
  public:
    /// @param after  the walk begins with the first larger key
    RowWalk(sqlite3* connection,
            const Catalogue::RecordVisitor& visitor,
            ItemReader::Records records,
            std::int64_t after = 0)
        : connection_(connection), visitor_(visitor), records_(records), last_key_(after) {}

    /// @return how many rows were visited
    /// @error kCorpusDamaged  the log of changes cannot be read either; kUnreadable
    [[nodiscard]] Result<std::uint64_t> run();

  private:
    [[nodiscard]] Result<void> run_by_log();
    [[nodiscard]] Result<void> run_by_keys(const Error& why);
    [[nodiscard]] Result<void> look_at(ItemReader& reader, const DamagedRow& logged);
    [[nodiscard]] Result<void> take(ItemReader& reader);
    [[nodiscard]] Result<void> report(const DamagedRow& row);

    sqlite3* connection_;
    const Catalogue::RecordVisitor& visitor_;
    ItemReader::Records records_;
    std::int64_t last_key_;
    std::uint64_t visited_ = 0;
    bool is_ended_ = false;
};

}  // namespace refrain::store
