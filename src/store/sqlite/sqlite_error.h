#pragma once

#include <string_view>

#include <sqlite3.h>

#include "refrain/error.h"

namespace refrain::store {

/// Turns SQLite's answer into ours. `connection` may be null; what it says last is quoted.
///
/// SQLITE_FULL, ENOSPC, EDQUOT and EFBIG become kDiskFull; BUSY and LOCKED kCorpusBusy; READONLY
/// and a folder that cannot be written to kCorpusReadOnly; CORRUPT, NOTADB and what only a damaged
/// file can cause kCorpusDamaged; other trouble with the file kUnreadable; the rest kInternal.
[[nodiscard]] Error sqlite_error(sqlite3* connection, int code, std::string_view doing);

/// As `sqlite_error`, for a failed call of the operating system.
[[nodiscard]] Error system_error(int error_number, std::string_view doing);

}  // namespace refrain::store
