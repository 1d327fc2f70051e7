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

// The log is made anew, since its CHECK knew two kinds alone. An item of which nobody here had the
// medium has 0 bytes; some list asserted it.
constexpr const char* kVersion3 = R"sql(
ALTER TABLE bank ADD COLUMN mode INTEGER NOT NULL DEFAULT 0 CHECK (mode IN (0, 1, 2));
ALTER TABLE bank ADD COLUMN kind INTEGER NOT NULL DEFAULT 0 CHECK (kind IN (0, 1));
ALTER TABLE bank ADD COLUMN min_score REAL CHECK (min_score >= 0);
ALTER TABLE bank ADD COLUMN note TEXT NOT NULL DEFAULT '';

CREATE TABLE state (
    medium INTEGER PRIMARY KEY REFERENCES medium (key) ON DELETE CASCADE,
    revision INTEGER NOT NULL CHECK (revision >= 1),
    disabled_until_us INTEGER,
    is_shadow INTEGER NOT NULL CHECK (is_shadow IN (0, 1)),
    reason TEXT NOT NULL
) STRICT;

CREATE INDEX state_by_disabled ON state (disabled_until_us) WHERE disabled_until_us IS NOT NULL;

CREATE INDEX label_by_value ON label (name, value);

CREATE INDEX medium_by_added ON medium (added_at_us);

CREATE TABLE feed (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;

CREATE TABLE claim (
    medium INTEGER NOT NULL REFERENCES medium (key) ON DELETE CASCADE,
    feed INTEGER NOT NULL REFERENCES feed (key),
    entry TEXT NOT NULL,
    is_withdrawn INTEGER NOT NULL CHECK (is_withdrawn IN (0, 1)),
    opinion INTEGER NOT NULL CHECK (opinion IN (0, 1, 2)),
    opinions TEXT NOT NULL,
    stated_at_us INTEGER,
    first_seen_us INTEGER NOT NULL,
    last_changed_us INTEGER NOT NULL,
    PRIMARY KEY (medium, feed, entry)
) STRICT, WITHOUT ROWID;

CREATE INDEX claim_by_entry ON claim (feed, entry) WHERE entry <> '';

CREATE TABLE withdrawal (
    feed INTEGER NOT NULL REFERENCES feed (key),
    bank INTEGER NOT NULL REFERENCES bank (key),
    entry TEXT NOT NULL CHECK (entry <> ''),
    stated_at_us INTEGER,
    seen_at_us INTEGER NOT NULL,
    PRIMARY KEY (feed, bank, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE digest (
    algorithm INTEGER NOT NULL CHECK (algorithm IN (1, 2, 3)),
    bytes BLOB NOT NULL CHECK (length(bytes) = CASE algorithm WHEN 1 THEN 16 WHEN 2 THEN 20 ELSE 32 END),
    medium INTEGER NOT NULL REFERENCES medium (key) ON DELETE CASCADE,
    PRIMARY KEY (algorithm, bytes, medium)
) STRICT, WITHOUT ROWID;

CREATE INDEX digest_by_medium ON digest (medium);

CREATE TABLE author (
    key INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (name, reason)
) STRICT;

CREATE TABLE change_of_any_kind (
    sequence INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 9),
    medium INTEGER NOT NULL,
    id TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    author INTEGER REFERENCES author (key),
    detail TEXT NOT NULL DEFAULT ''
) STRICT;

INSERT INTO change_of_any_kind (sequence, kind, medium, id, at_us)
SELECT sequence, kind, medium, id, at_us FROM change ORDER BY sequence;

DROP TABLE change;

ALTER TABLE change_of_any_kind RENAME TO change;

CREATE TRIGGER change_has_no_gap AFTER INSERT ON change
WHEN new.sequence <> 1 AND NOT EXISTS (SELECT 1 FROM change WHERE sequence = new.sequence - 1)
BEGIN SELECT RAISE (ABORT, 'the change log has no gaps'); END;

CREATE TRIGGER change_is_not_updated BEFORE UPDATE ON change
BEGIN SELECT RAISE (ABORT, 'the change log is append-only'); END;

CREATE TRIGGER change_is_not_deleted BEFORE DELETE ON change
BEGIN SELECT RAISE (ABORT, 'the change log is append-only'); END;

DROP TRIGGER medium_is_not_updated;

CREATE TRIGGER medium_only_moves BEFORE UPDATE OF key, id, sha256, md5, bytes, kind, width, height,
    duration_us, container, codec, name, source, is_partial, frames, record_bytes, added_at_us, record
ON medium BEGIN SELECT RAISE (ABORT, 'of a medium only the bank changes'); END;

INSERT INTO feed (key, name) SELECT 1, 'unknown' WHERE EXISTS (SELECT 1 FROM medium WHERE bytes = 0);

INSERT INTO claim (medium, feed, entry, is_withdrawn, opinion, opinions, stated_at_us, first_seen_us, last_changed_us)
SELECT key, 1, '', 0, 0, '', NULL, added_at_us, added_at_us FROM medium WHERE bytes = 0;
)sql";

constexpr std::array<const char*, kSchemaVersion> kMigrations{kVersion1, kVersion2, kVersion3};

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

Result<bool> has_version(sqlite3* connection, std::uint32_t version) {
    const Result<std::uint32_t> found = schema_version(connection);
    return found ? Result<bool>(*found >= version) : Result<bool>(found.error());
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
