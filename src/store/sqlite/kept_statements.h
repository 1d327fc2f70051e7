#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "store/sqlite/sqlite_handles.h"

namespace refrain::store {

/// Statements of one connection that were prepared once and are used again: preparing takes several
/// times as long as a look-up by key. Meant for the few that every look-up runs.
///
/// One thread at a time. Must go before its connection.
class KeptStatements {
  public:
    /// One that nobody uses; null where it has to be prepared. @param sql  a literal
    [[nodiscard]] StatementHandle take(std::string_view sql) {
        for (auto& [text, handle] : kept_) {
            if (handle && text == sql) {
                return std::move(handle);
            }
        }
        return nullptr;
    }

    /// Keeps a statement that was reset.
    void give_back(std::string_view sql, StatementHandle handle) {
        for (auto& [text, place] : kept_) {
            if (!place && text == sql) {
                place = std::move(handle);
                return;
            }
        }
        if (kept_.size() < kMost) {
            kept_.emplace_back(sql, std::move(handle));
        }
    }

    /// Before the connection is closed.
    void clear() { kept_.clear(); }

  private:
    static constexpr std::size_t kMost = 16;

    std::vector<std::pair<std::string_view, StatementHandle>> kept_;
};

/// A connection that is read with, and what it keeps. Borrowed both.
struct Reader {
    sqlite3* connection = nullptr;
    KeptStatements* kept = nullptr;
};

}  // namespace refrain::store
