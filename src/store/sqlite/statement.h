#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "refrain/result.h"

#include "store/sqlite/kept_statements.h"
#include "store/sqlite/sqlite_handles.h"

namespace refrain::store {

/// One prepared statement. What goes wrong while preparing and binding is kept and comes out of
/// the next `step`, so that only one place has to look.
///
/// One thread at a time; the connection must outlive it.
class Statement {
  public:
    Statement(sqlite3* connection, std::string_view sql);
    /// Takes a statement that the reader keeps, and gives it back at the end. @param sql  a literal
    Statement(const Reader& reader, std::string_view sql);
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement(Statement&&) = delete;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Parameters count from 1. Text and blobs are borrowed until the next `reset`.
    Statement& bind(int parameter, std::int64_t value);
    Statement& bind_real(int parameter, double value);
    Statement& bind_text(int parameter, std::string_view text);
    Statement& bind_blob(int parameter, std::span<const std::byte> blob);
    Statement& bind_blob(int parameter, std::span<const std::uint8_t> blob);

    /// A value of the row that another statement stands on, whatever its type.
    Statement& bind_column(int parameter, const Statement& from, int column);

    /// @return whether there is a row
    [[nodiscard]] Result<bool> step();
    /// Steps to the end; rows are passed over.
    [[nodiscard]] Result<void> run();
    /// Calls `visit` on each row to the end. It returns a Result<void>, of which an error ends it.
    template <typename Visit>
    [[nodiscard]] Result<void> each_row(const Visit& visit) {
        while (true) {
            const Result<bool> row = step();
            if (!row) {
                return row.error();
            }
            if (!*row) {
                return {};
            }
            if (Result<void> visited = visit(); !visited) {
                return visited;
            }
        }
    }
    /// Makes ready for another run, with no value bound.
    void reset();

    /// Columns count from 0, of the row that `step` stands on. Spans live until the next call of
    /// `step` or `reset`.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] Result<std::span<const std::byte>> blob(int column) const;

  private:
    void prepare(std::string_view sql, unsigned flags);
    void keep(int code);

    sqlite3* connection_;
    StatementHandle handle_;
    KeptStatements* kept_ = nullptr;  ///< null: the statement is not kept
    std::string_view sql_;            ///< of one that is kept
    int code_ = SQLITE_OK;
};

/// Runs statements that give nothing back, separated by semicolons.
[[nodiscard]] Result<void> execute(sqlite3* connection, const std::string& sql);

/// The first column of the first row; 0 if there is none.
[[nodiscard]] Result<std::int64_t> query_integer(sqlite3* connection, std::string_view sql);
/// The same with a statement that is kept. @param sql  a literal
[[nodiscard]] Result<std::int64_t> query_integer(const Reader& reader, std::string_view sql);

}  // namespace refrain::store
