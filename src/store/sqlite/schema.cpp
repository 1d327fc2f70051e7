#include "store/sqlite/schema.h"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_catalogue.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

// Persistent format on disk, described in docs/store-schema.md: a released step never changes.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE bank (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE medium (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    bank INTEGER NOT NULL REFERENCES bank (key),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    md5 BLOB NOT NULL CHECK (length(md5) = 16),
    bytes INTEGER NOT NULL,
    kind INTEGER NOT NULL CHECK (kind IN (0, 1)),
    width INTEGER NOT NULL CHECK (width >= 0),
    height INTEGER NOT NULL CHECK (height >= 0),
    duration_us INTEGER NOT NULL CHECK (duration_us >= 0),
    container TEXT NOT NULL,
    codec TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    is_partial INTEGER NOT NULL CHECK (is_partial IN (0, 1)),
    frames INTEGER NOT NULL CHECK (frames >= 0),
    record_bytes INTEGER NOT NULL,
    added_at_us INTEGER NOT NULL,
    record BLOB NOT NULL CHECK (length(record) = record_bytes),
    UNIQUE (bank, sha256)
) STRICT;

CREATE INDEX medium_by_sha256 ON medium (sha256);

CREATE TABLE label (
    medium INTEGER NOT NULL REFERENCES medium (key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (medium, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
    sequence INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
    medium INTEGER NOT NULL,
    id TEXT NOT NULL,
    at_us INTEGER NOT NULL
) STRICT;

CREATE TRIGGER change_has_no_gap AFTER INSERT ON change
WHEN new.sequence <> 1 AND NOT EXISTS (SELECT 1 FROM change WHERE sequence = new.sequence - 1)
BEGIN SELECT RAISE (ABORT, 'the change log has no gaps'); END;

CREATE TRIGGER change_is_not_updated BEFORE UPDATE ON change
BEGIN SELECT RAISE (ABORT, 'the change log is append-only'); END;

CREATE TRIGGER change_is_not_deleted BEFORE DELETE ON change
BEGIN SELECT RAISE (ABORT, 'the change log is append-only'); END;

CREATE TRIGGER medium_is_not_updated BEFORE UPDATE ON medium
BEGIN SELECT RAISE (ABORT, 'a medium is added or removed, never changed'); END;
)sql";

constexpr const char* kVersion2 = R"sql(
CREATE TABLE setting (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<const char*, kSchemaVersion> kMigrations{kVersion1, kVersion2};

Result<std::int64_t> user_version(sqlite3* connection) {
    return query_integer(connection, "PRAGMA user_version");
}

using SchemaObject = std::tuple<std::string, std::string, std::string>;

/// Type, name and SQL of everything but what SQLite keeps for itself.
Result<std::vector<SchemaObject>> schema_objects(sqlite3* connection) {
    Statement statement(connection,
                        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema "
                        "WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
    std::vector<SchemaObject> objects;
    while (true) {
        const Result<bool> row = statement.step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return objects;
        }
        objects.emplace_back(statement.text(0), statement.text(1), statement.text(2));
    }
}

Result<std::vector<SchemaObject>> expected_objects(std::uint32_t version) {
    sqlite3* opened = nullptr;
    const int code =
        sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY, nullptr);
    const ConnectionHandle scratch(opened);
    if (code != SQLITE_OK) {
        return sqlite_error(opened, code, "cannot open a database in memory");
    }
    for (const char* const step : migrations().first(version)) {
        if (const Result<void> done = execute(opened, step); !done) {
            return Error{ErrorCode::kInternal, done.error().message};
        }
    }
    return schema_objects(opened);
}

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

Result<void> migrate(sqlite3* connection, std::span<const char* const> steps) {
    Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::kWrite);
    if (!transaction) {
        return transaction.error();
    }
    // Read inside the transaction: another process may have migrated while this one waited.
    const Result<std::int64_t> version = user_version(connection);
    if (!version) {
        return version.error();
    }
    if (*version < 0 || *version >= static_cast<std::int64_t>(steps.size())) {
        return {};
    }
    for (const char* const step : steps.subspan(static_cast<std::size_t>(*version))) {
        if (Result<void> done = execute(connection, step); !done) {
            return done;
        }
    }
    const std::string marks = fmt::format("PRAGMA application_id={}; PRAGMA user_version={}",
                                          kApplicationId, steps.size());
    if (Result<void> done = execute(connection, marks); !done) {
        return done;
    }
    return transaction->commit();
}

Result<std::uint32_t> schema_version(sqlite3* connection) {
    const Result<std::int64_t> application = query_integer(connection, "PRAGMA application_id");
    if (!application) {
        return application.error();
    }
    const Result<std::int64_t> version = user_version(connection);
    if (!version) {
        return version.error();
    }
    if (*application != kApplicationId || *version < 0) {
        return Error{ErrorCode::kCorpusDamaged,
                     fmt::format("corpus: the database is not one of refrain's (application id "
                                 "{:#x} instead of {:#x})",
                                 *application, kApplicationId)};
    }
    return static_cast<std::uint32_t>(*version);
}

Result<void> check_schema(sqlite3* connection, std::uint32_t version) {
    const Result<std::vector<SchemaObject>> expected = expected_objects(version);
    if (!expected) {
        return expected.error();
    }
    const Result<std::vector<SchemaObject>> found = schema_objects(connection);
    if (!found) {
        return found.error();
    }
    for (const SchemaObject& object : *expected) {
        if (std::find(found->begin(), found->end(), object) == found->end()) {
            return Error{ErrorCode::kCorpusDamaged,
                         fmt::format("corpus: the database's {} {} is missing or altered",
                                     std::get<0>(object), std::get<1>(object))};
        }
    }
    if (found->size() != expected->size()) {
        return Error{ErrorCode::kCorpusDamaged,
                     fmt::format("corpus: the database has {} tables, indexes and triggers "
                                 "instead of {}",
                                 found->size(), expected->size())};
    }
    return {};
}

}  // namespace refrain::store
