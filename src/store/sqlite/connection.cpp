#include "store/sqlite/connection.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

/// Percent-escapes every byte that could mean something in a URI.
std::string immutable_uri(const std::string& path) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char letter : path) {
        const bool is_plain = (letter >= 'a' && letter <= 'z') ||
                              (letter >= 'A' && letter <= 'Z') ||
                              (letter >= '0' && letter <= '9') || letter == '/' || letter == '.' ||
                              letter == '-' || letter == '_';
        if (is_plain) {
            uri.push_back(letter);
            continue;
        }
        const auto byte = static_cast<unsigned char>(letter);
        uri.push_back('%');
        uri.push_back(kDigits[byte >> 4]);
        uri.push_back(kDigits[byte & 15]);
    }
    return uri + "?immutable=1";
}

int open_flags(Access access) {
    constexpr int kAlways = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    switch (access) {
        case Access::kRead:
            return kAlways | SQLITE_OPEN_READONLY;
        case Access::kReadImmutable:
            return kAlways | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
        case Access::kReadWrite:
            return kAlways | SQLITE_OPEN_READWRITE;
        case Access::kMake:
            return kAlways | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    }
    return kAlways | SQLITE_OPEN_READONLY;
}

int busy_milliseconds(MediaTime wait) {
    constexpr std::int64_t kLongest = std::numeric_limits<int>::max();
    return static_cast<int>(std::clamp<std::int64_t>(wait.ms(), 0, kLongest));
}

/// SQLite's own advice for files from strangers: https://www.sqlite.org/security.html
Result<void> harden(sqlite3* connection) {
    const std::pair<int, int> switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
    };
    for (const auto& [option, value] : switches) {
        if (const int code =
                sqlite3_db_config(connection, option, value, static_cast<int*>(nullptr));
            code != SQLITE_OK) {
            return sqlite_error(connection, code, "cannot harden the connection");
        }
    }
    sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
    sqlite3_limit(connection, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(connection, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
    // recursive_triggers: without it REPLACE would drop rows past the guards of the change log.
    return execute(connection,
                   "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA synchronous=FULL;"
                   "PRAGMA recursive_triggers=ON; PRAGMA temp_store=MEMORY");
}

}  // namespace

Result<ConnectionHandle> open_connection(const std::filesystem::path& file,
                                         Access access,
                                         MediaTime busy_wait) {
    std::error_code failure;
    // An absolute path begins with a slash, so SQLite sees neither a URI nor a special name.
    const std::string path = std::filesystem::absolute(file, failure).native();
    if (failure) {
        return system_error(failure.value(), "cannot find the working folder");
    }
    const std::string name = access == Access::kReadImmutable ? immutable_uri(path) : path;
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &opened, open_flags(access), nullptr);
    ConnectionHandle connection(opened);
    if (code != SQLITE_OK) {
        return sqlite_error(opened, code, "cannot open the database");
    }
    sqlite3_busy_timeout(opened, busy_milliseconds(busy_wait));
    if (const Result<void> hardened = harden(opened); !hardened) {
        return hardened.error();
    }
    return connection;
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
    // SQLite rolls back by itself after some errors; then there is nothing left to do.
    if (connection_ != nullptr && sqlite3_get_autocommit(connection_) == 0) {
        sqlite3_exec(connection_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

Result<Transaction> Transaction::begin(sqlite3* connection, Kind kind) {
    const Result<void> begun =
        execute(connection, kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
    if (begun) {
        return Transaction(connection);
    }
    if (begun.error().code == ErrorCode::kCorpusBusy) {
        return Error{ErrorCode::kCorpusBusy,
                     "corpus: another process kept writing to it for longer than the waiting time"};
    }
    return begun.error();
}

Result<void> Transaction::commit() { return execute(connection_, "COMMIT"); }

}  // namespace refrain::store
