#pragma once

#include <memory>

#include <sqlite3.h>

namespace refrain::store {

struct CloseConnection {
    /// `close_v2` also where a statement should still be alive: the file is let go with the last.
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
using ConnectionHandle = std::unique_ptr<sqlite3, CloseConnection>;

struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

}  // namespace refrain::store
