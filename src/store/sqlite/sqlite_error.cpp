#include "store/sqlite/sqlite_error.h"

#include <cerrno>
#include <system_error>

#include <spdlog/fmt/fmt.h>

namespace refrain::store {

namespace {

bool means_full(int error_number) {
    return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

/// @param thread_errno  `errno` as it was when SQLite returned
ErrorCode code_of(sqlite3* connection, int code, int thread_errno) {
    // SQLite keeps the number of a failed opening but not always that of a failed write (3.40 says
    // 0 for a COMMIT over a quota or a limit of file size); then `errno` still has it.
    const int kept_errno = connection == nullptr ? 0 : sqlite3_system_errno(connection);
    const int error_number = kept_errno != 0 ? kept_errno : thread_errno;
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return ErrorCode::kDiskFull;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return ErrorCode::kCorpusBusy;
        case SQLITE_READONLY:
            return ErrorCode::kCorpusReadOnly;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_FORMAT:
        case SQLITE_TOOBIG:
        case SQLITE_CONSTRAINT:
            return ErrorCode::kCorpusDamaged;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            if (means_full(error_number)) {
                return ErrorCode::kDiskFull;
            }
            return error_number == EROFS ? ErrorCode::kCorpusReadOnly : ErrorCode::kUnreadable;
        case SQLITE_ERROR:
            // Sums over columns that this build would never have written.
            if (connection != nullptr &&
                std::string_view(sqlite3_errmsg(connection)) == "integer overflow") {
                return ErrorCode::kCorpusDamaged;
            }
            return ErrorCode::kInternal;
        default:
            return ErrorCode::kInternal;
    }
}

}  // namespace

Error sqlite_error(sqlite3* connection, int code, std::string_view doing) {
    const int thread_errno = errno;
    const char* said = connection == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(connection);
    return {
        code_of(connection, code, thread_errno),
        fmt::format("corpus: {}: {} (SQLite code {})", doing, said == nullptr ? "" : said, code)};
}

Error system_error(int error_number, std::string_view doing) {
    ErrorCode code = ErrorCode::kUnreadable;
    if (means_full(error_number)) {
        code = ErrorCode::kDiskFull;
    } else if (error_number == EROFS) {
        code = ErrorCode::kCorpusReadOnly;
    }
    return {code,
            fmt::format("corpus: {}: {}", doing, std::system_category().message(error_number))};
}

}  // namespace refrain::store
