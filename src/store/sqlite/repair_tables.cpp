#include "store/sqlite/repair_tables.h"

#include <array>
#include <cstddef>
#include <string_view>

#include <sqlite3.h>

#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

/// Rows of the old database, column by column, and what writes them into the new one. A bank is
/// named, since it may have another key there.
struct SideTable {
    std::string_view name;
    std::string_view read;
    std::string_view write;
    int columns;
};

constexpr std::array<SideTable, 5> kTables{{
    {"settings of banks", "SELECT name, mode, kind, min_score, note FROM bank",
     "INSERT INTO bank (name, mode, kind, min_score, note) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT "
     "(name) DO UPDATE SET mode = excluded.mode, kind = excluded.kind, min_score = "
     "excluded.min_score, note = excluded.note",
     5},
    {"names of sources", "SELECT key, name FROM feed",
     "INSERT OR IGNORE INTO feed (key, name) VALUES (?1, ?2)", 2},
    {"claims of sources",
     "SELECT medium, feed, entry, is_withdrawn, opinion, opinions, stated_at_us, first_seen_us, "
     "last_changed_us FROM claim",
     "INSERT OR IGNORE INTO claim SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE EXISTS (SELECT 1 "
     "FROM medium WHERE key = ?1) AND EXISTS (SELECT 1 FROM feed WHERE key = ?2)",
     9},
    {"withdrawals of sources",
     "SELECT w.feed, b.name, w.entry, w.stated_at_us, w.seen_at_us FROM withdrawal AS w JOIN bank "
     "AS b ON b.key = w.bank",
     "INSERT OR IGNORE INTO withdrawal SELECT ?1, key, ?3, ?4, ?5 FROM bank WHERE name = ?2 AND "
     "EXISTS (SELECT 1 FROM feed WHERE key = ?1)",
     5},
    {"digests", "SELECT algorithm, bytes, medium FROM digest",
     "INSERT OR IGNORE INTO digest SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM medium WHERE key "
     "= ?3)",
     3},
}};

Result<void> copy_table(sqlite3* from,
                        sqlite3* to,
                        const SideTable& table,
                        std::vector<std::string>& notes) {
    Statement rows(from, table.read);
    Statement writer(to, table.write);
    while (true) {
        const Result<bool> row = rows.step();
        if (!row && row.error().code != ErrorCode::kCorpusDamaged) {
            return row.error();
        }
        if (!row) {
            notes.push_back(std::string(table.name) + " are lost: " + row.error().message);
        }
        if (!row || !*row) {
            return {};
        }
        writer.reset();
        for (int column = 0; column < table.columns; ++column) {
            writer.bind_column(column + 1, rows, column);
        }
        // A row that contradicts the schema of the new database is damaged.
        if (Result<void> written = writer.run();
            !written && written.error().code != ErrorCode::kCorpusDamaged) {
            return written;
        }
    }
}

}  // namespace

Result<void> copy_side_tables(sqlite3* from, sqlite3* to, std::vector<std::string>& notes) {
    const Result<bool> is_there = has_version(from, kFirstVersionWithStates);
    if (is_there && !*is_there) {
        return {};
    }
    for (const SideTable& table : kTables) {
        if (Result<void> copied = copy_table(from, to, table, notes); !copied) {
            return copied;
        }
    }
    return {};
}

}  // namespace refrain::store
