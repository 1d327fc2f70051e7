#include "store/sqlite/statement.h"

#include <utility>

#include "store/sqlite/sqlite_error.h"

namespace refrain::store {

Statement::Statement(sqlite3* connection, std::string_view sql) : connection_(connection) {
    prepare(sql, 0);
}

Statement::Statement(const Reader& reader, std::string_view sql)
    : connection_(reader.connection),
      handle_(reader.kept->take(sql)),
      kept_(reader.kept),
      sql_(sql) {
    if (!handle_) {
        prepare(sql, SQLITE_PREPARE_PERSISTENT);
    }
}

Statement::~Statement() {
    if (kept_ != nullptr && handle_) {
        reset();  // or the connection would go on reading
        kept_->give_back(sql_, std::move(handle_));
    }
}

void Statement::prepare(std::string_view sql, unsigned flags) {
    sqlite3_stmt* prepared = nullptr;
    code_ = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()), flags,
                               &prepared, nullptr);
    handle_.reset(prepared);
}

void Statement::keep(int code) {
    if (code_ == SQLITE_OK) {
        code_ = code;
    }
}

Statement& Statement::bind(int parameter, std::int64_t value) {
    if (code_ == SQLITE_OK) {
        keep(sqlite3_bind_int64(handle_.get(), parameter, value));
    }
    return *this;
}

Statement& Statement::bind_real(int parameter, double value) {
    if (code_ == SQLITE_OK) {
        keep(sqlite3_bind_double(handle_.get(), parameter, value));
    }
    return *this;
}

Statement& Statement::bind_text(int parameter, std::string_view text) {
    if (code_ == SQLITE_OK) {
        // A null pointer would bind NULL, which is not the empty text.
        const char* data = text.data() == nullptr ? "" : text.data();
        keep(sqlite3_bind_text64(handle_.get(), parameter, data, text.size(), SQLITE_STATIC,
                                 SQLITE_UTF8));
    }
    return *this;
}

Statement& Statement::bind_blob(int parameter, std::span<const std::byte> blob) {
    if (code_ == SQLITE_OK) {
        keep(blob.empty() ? sqlite3_bind_zeroblob(handle_.get(), parameter, 0)
                          : sqlite3_bind_blob64(handle_.get(), parameter, blob.data(), blob.size(),
                                                SQLITE_STATIC));
    }
    return *this;
}

Statement& Statement::bind_blob(int parameter, std::span<const std::uint8_t> blob) {
    return bind_blob(parameter, std::as_bytes(blob));
}

Statement& Statement::bind_column(int parameter, const Statement& from, int column) {
    if (code_ == SQLITE_OK) {
        keep(sqlite3_bind_value(handle_.get(), parameter,
                                sqlite3_column_value(from.handle_.get(), column)));
    }
    return *this;
}

Result<bool> Statement::step() {
    if (code_ != SQLITE_OK) {
        return sqlite_error(connection_, code_, "cannot prepare a statement");
    }
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        return false;
    }
    return sqlite_error(connection_, sqlite3_extended_errcode(connection_),
                        "cannot run a statement");
}

Result<void> Statement::run() {
    while (true) {
        const Result<bool> row = step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return {};
        }
    }
}

void Statement::reset() {
    if (handle_) {
        // The code is that of the last step, which has been reported.
        sqlite3_reset(handle_.get());
        sqlite3_clear_bindings(handle_.get());
    }
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(handle_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(handle_.get(), column); }

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
    const unsigned char* data = sqlite3_column_text(handle_.get(), column);
    const int size = sqlite3_column_bytes(handle_.get(), column);
    if (data == nullptr || size <= 0) {
        return {};
    }
    return {data, data + size};
}

Result<std::span<const std::byte>> Statement::blob(int column) const {
    const void* data = sqlite3_column_blob(handle_.get(), column);
    const int size = sqlite3_column_bytes(handle_.get(), column);
    if (data == nullptr || size <= 0) {
        // NULL is also how a failed reading of the blob's pages looks.
        const int code = sqlite3_errcode(connection_);
        if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
            return sqlite_error(connection_, code, "cannot read a record");
        }
        return std::span<const std::byte>();
    }
    return std::span(static_cast<const std::byte*>(data), static_cast<std::size_t>(size));
}

Result<void> execute(sqlite3* connection, const std::string& sql) {
    const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return sqlite_error(connection, code, "cannot run a statement");
    }
    return {};
}

namespace {

Result<std::int64_t> first_integer(Statement& statement) {
    const Result<bool> row = statement.step();
    if (!row) {
        return row.error();
    }
    return *row ? statement.integer(0) : 0;
}

}  // namespace

Result<std::int64_t> query_integer(sqlite3* connection, std::string_view sql) {
    Statement statement(connection, sql);
    return first_integer(statement);
}

Result<std::int64_t> query_integer(const Reader& reader, std::string_view sql) {
    Statement statement(reader, sql);
    return first_integer(statement);
}

}  // namespace refrain::store
