#include "store/sqlite/backup.h"

#include <spdlog/fmt/fmt.h>

#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/new_database.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

struct FinishBackup {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};
using BackupHandle = std::unique_ptr<sqlite3_backup, FinishBackup>;

/// All pages in one step, which is one reading transaction: writers go on in the write-ahead log.
Result<void> copy_pages(sqlite3* from, sqlite3* to) {
    const BackupHandle backup(sqlite3_backup_init(to, "main", from, "main"));
    if (backup == nullptr) {
        return sqlite_error(to, sqlite3_extended_errcode(to), "cannot begin the copy");
    }
    const int code = sqlite3_backup_step(backup.get(), -1);
    if (code != SQLITE_DONE) {
        return sqlite_error(to, code, "cannot copy the database");
    }
    return {};
}

Result<CopyReport> check_copy(const std::filesystem::path& file, MediaTime busy_wait) {
    Result<ConnectionHandle> copy = open_connection(file, Access::kReadWrite, busy_wait);
    if (!copy) {
        return copy.error();
    }
    const Result<std::int64_t> problems = query_integer(
        copy->get(),
        "SELECT count(*) FROM pragma_integrity_check(1) WHERE integrity_check <> 'ok'");
    if (!problems) {
        return problems.error();
    }
    if (*problems != 0) {
        return Error{ErrorCode::kCorpusDamaged,
                     "corpus: its database is damaged and was not copied; see `refrain verify`"};
    }
    const Result<std::int64_t> items = query_integer(copy->get(), "SELECT count(*) FROM medium");
    const Result<std::int64_t> last =
        query_integer(copy->get(), "SELECT coalesce(max(sequence), 0) FROM change");
    if (!items || !last) {
        return items ? last.error() : items.error();
    }
    if (Result<void> done = execute(copy->get(), "PRAGMA wal_checkpoint(TRUNCATE)"); !done) {
        return done.error();
    }
    return CopyReport{static_cast<std::uint64_t>(*items), static_cast<std::uint64_t>(*last), 0};
}

}  // namespace

Result<CopyReport> copy_corpus(const std::filesystem::path& from,
                               const std::filesystem::path& to,
                               const CatalogueOptions& options) {
    const Error is_taken{ErrorCode::kCorpusExists,
                         fmt::format("corpus: there is one in {} already", to.native())};
    std::error_code ignored;
    if (std::filesystem::exists(to / "refrain.db", ignored)) {
        return is_taken;
    }
    const Result<SqliteCatalogue> source = SqliteCatalogue::open(from, Mode::kReadOnly, options);
    if (!source) {
        return source.error();
    }
    const Result<NewDatabase> fresh = NewDatabase::make(to);
    if (!fresh) {
        return fresh.error();
    }
    {
        Result<ConnectionHandle> target =
            open_connection(fresh->path(), Access::kReadWrite, options.busy_wait);
        if (!target) {
            return target.error();
        }
        if (Result<void> copied = source->copy_to(target->get()); !copied) {
            return copied.error();
        }
    }
    Result<CopyReport> report = check_copy(fresh->path(), options.busy_wait);
    if (!report) {
        return report;
    }
    std::error_code none;
    report->bytes = std::filesystem::file_size(fresh->path(), none);
    const Result<bool> named = fresh->take_name(NewDatabase::Taken::kKeep);
    if (!named) {
        return named.error();
    }
    return *named ? report : Result<CopyReport>(is_taken);
}

Result<void> SqliteCatalogue::copy_to(sqlite3* target) const {
    return impl_->reading<void>(
        [&](sqlite3* connection) { return copy_pages(connection, target); });
}

}  // namespace refrain::store
