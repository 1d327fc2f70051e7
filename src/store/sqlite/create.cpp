#include "store/sqlite/create.h"

#include "store/sqlite/connection.h"
#include "store/sqlite/new_database.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

Result<void> fill_new_database(const std::filesystem::path& file, MediaTime busy_wait) {
    Result<ConnectionHandle> connection = open_connection(file, Access::kReadWrite, busy_wait);
    if (!connection) {
        return connection.error();
    }
    if (Result<void> wal = execute(connection->get(), "PRAGMA journal_mode=WAL"); !wal) {
        return wal;
    }
    if (Result<void> made = migrate(connection->get(), migrations()); !made) {
        return made;
    }
    // Closing would do this too, but could not say that it failed.
    return execute(connection->get(), "PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<void> create_corpus(const std::filesystem::path& folder, MediaTime busy_wait) {
    const Result<NewDatabase> fresh = NewDatabase::make(folder);
    if (!fresh) {
        return fresh.error();
    }
    if (Result<void> filled = fill_new_database(fresh->path(), busy_wait); !filled) {
        return filled;
    }
    const Result<bool> named = fresh->take_name(NewDatabase::Taken::kKeep);
    return named ? Result<void>() : Result<void>(named.error());
}

}  // namespace refrain::store
