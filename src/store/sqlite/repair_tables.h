#pragma once

#include <string>
#include <vector>

#include "refrain/result.h"

#include "store/sqlite/sqlite_handles.h"

namespace refrain::store {

/// Copies the settings of banks, what sources say and have withdrawn, and digests, as far as they
/// can be read and concern items that are in the new database. Inside a write transaction of `to`.
///
/// @param notes  gets a line for each table that could not be read to its end
/// @error as of Statement::step, of the new database
[[nodiscard]] Result<void> copy_side_tables(sqlite3* from,
                                            sqlite3* to,
                                            std::vector<std::string>& notes);

}  // namespace refrain::store
