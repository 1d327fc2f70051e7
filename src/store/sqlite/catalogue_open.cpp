#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/log_line.h"
#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/create.h"
#include "store/sqlite/log_check.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

bool may_write(const std::filesystem::path& path) {
    return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0;
}

Error read_only(const std::filesystem::path& folder) {
    return {ErrorCode::kCorpusReadOnly,
            fmt::format("corpus: {} cannot be written to", folder.native())};
}

Error was_replaced(const std::filesystem::path& folder) {
    return {ErrorCode::kCorpusNotFound,
            fmt::format("corpus: the one in {} was replaced while it was open", folder.native())};
}

bool is_same_file(const FileMark& mark, const Link& link) {
    return mark.inode == link.opened_mark.inode && mark.device == link.opened_mark.device;
}

/// Makes SQLite look at the file, which opening alone does not.
Result<void> touch(sqlite3* connection) {
    const Result<std::int64_t> objects =
        query_integer(connection, "SELECT count(*) FROM sqlite_schema");
    return objects ? Result<void>() : Result<void>(objects.error());
}

Result<ConnectionHandle> open_touched(const std::filesystem::path& file,
                                      Access access,
                                      MediaTime busy_wait) {
    Result<ConnectionHandle> opened = open_connection(file, access, busy_wait);
    if (!opened) {
        return opened;
    }
    if (const Result<void> touched = touch(opened->get()); !touched) {
        return touched.error();
    }
    return opened;
}

/// A write-ahead log with content holds commits that an immutable connection would not see.
bool has_content(const std::filesystem::path& log_file) {
    struct stat info {};
    return ::stat(log_file.c_str(), &info) == 0 && info.st_size > 0;
}

}  // namespace

Result<FileMark> mark_of(const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
        const int error_number = errno;
        if (error_number == ENOENT || error_number == ENOTDIR) {
            return Error{ErrorCode::kCorpusNotFound,
                         fmt::format("corpus: there is none in {}", file.parent_path().native())};
        }
        return system_error(error_number, "cannot reach the database");
    }
    if (!S_ISREG(info.st_mode)) {
        return Error{ErrorCode::kCorpusDamaged,
                     fmt::format("corpus: {} is not a regular file", file.native())};
    }
    constexpr std::int64_t kNanoseconds = 1'000'000'000;
    return FileMark{info.st_dev, info.st_ino, info.st_size,
                    info.st_mtim.tv_sec * kNanoseconds + info.st_mtim.tv_nsec};
}

std::unique_ptr<Link> SqliteCatalogue::Impl::take_reader() {
    std::unique_lock lock(pool_mutex_);
    given_back_.wait(lock, [this] { return !idle_.empty() || readers_ < kMostReaders; });
    if (idle_.empty()) {
        auto fresh = std::make_unique<Link>();  // connected when it is first used
        ++readers_;
        return fresh;
    }
    std::unique_ptr<Link> link = std::move(idle_.back());
    idle_.pop_back();
    return link;
}

void SqliteCatalogue::Impl::give_back(std::unique_ptr<Link> link) {
    {
        const std::scoped_lock lock(pool_mutex_);
        idle_.push_back(std::move(link));
    }
    given_back_.notify_one();
}

Result<bool> SqliteCatalogue::Impl::open() {
    idle_.reserve(kMostReaders);  // giving back cannot fail
    // Before SQLite reads the log, since a writer would put new commits where the damage is.
    if (const Result<void> sound = check_log(file()); !sound) {
        return sound.error();
    }
    if (mode != Mode::kReadOnly) {
        const Result<void> connected = connect(writer, Access::kReadWrite);
        return connected ? Result<bool>(false) : Result<bool>(connected.error());
    }
    const Borrowed first(*this);
    const Result<void> connected = connect(*first.link, Access::kRead);
    return connected ? Result<bool>(first.link->immutable_mark.has_value())
                     : Result<bool>(connected.error());
}

Result<void> SqliteCatalogue::Impl::connect(Link& link, Access access) const {
    link.kept.clear();
    link.connection.reset();
    link.immutable_mark.reset();
    Result<FileMark> mark = mark_of(file());
    if (!mark) {
        return mark.error();
    }
    if (mark->bytes == 0) {
        return Error{ErrorCode::kCorpusDamaged,
                     fmt::format("corpus: {} is empty", file().native())};
    }
    // A reader that reads another database than the one that is written would mix two corpora.
    if (access == Access::kRead && mode != Mode::kReadOnly && !is_same_file(*mark, writer)) {
        return was_replaced(folder);
    }
    link.opened_mark = *mark;
    Result<void> connected = access == Access::kRead ? connect_reader(link) : connect_writer(link);
    const Result<std::uint32_t> version =
        connected ? check_version(link) : Result<std::uint32_t>(connected.error());
    Result<void> sound =
        version ? check_schema(link.connection.get(), *version) : Result<void>(version.error());
    if (!sound) {
        link.connection.reset();
    }
    return sound;
}

Result<void> SqliteCatalogue::Impl::connect_writer(Link& link) const {
    if (!may_write(folder) || !may_write(file())) {
        return read_only(folder);
    }
    Result<ConnectionHandle> opened = open_touched(file(), Access::kReadWrite, options.busy_wait);
    if (!opened) {
        return opened.error();
    }
    if (sqlite3_db_readonly(opened->get(), "main") != 0) {
        return read_only(folder);
    }
    link.connection = std::move(*opened);
    // Nothing happens where it is on already, which is always but after another tool's work.
    return execute(link.connection.get(),
                   "PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=67108864");
}

Result<void> SqliteCatalogue::Impl::connect_reader(Link& link) const {
    Result<ConnectionHandle> opened = open_touched(file(), Access::kRead, options.busy_wait);
    if (opened) {
        link.connection = std::move(*opened);
        return {};
    }
    const ErrorCode code = opened.error().code;
    if (code != ErrorCode::kUnreadable && code != ErrorCode::kCorpusReadOnly) {
        return opened.error();
    }
    // A reader of a write-ahead log needs shared memory beside the file, which a folder that is not
    // ours to write to may lack.
    if (has_content(log_file())) {
        return Error{ErrorCode::kCorpusReadOnly,
                     fmt::format("corpus: {} has changes that only a process which may write there "
                                 "can read",
                                 folder.native())};
    }
    Result<ConnectionHandle> immutable =
        open_touched(file(), Access::kReadImmutable, options.busy_wait);
    if (!immutable) {
        return immutable.error();
    }
    link.connection = std::move(*immutable);
    link.immutable_mark = link.opened_mark;
    return {};
}

Result<std::uint32_t> SqliteCatalogue::Impl::check_version(const Link& link) const {
    Result<std::uint32_t> version = schema_version(link.connection.get());
    if (!version) {
        return version.error();
    }
    if (*version > kSchemaVersion) {
        return Error{ErrorCode::kCorpusTooNew,
                     fmt::format("corpus: schema version {} was written by a newer refrain; this "
                                 "one reads up to version {}",
                                 *version, kSchemaVersion)};
    }
    if (*version == 0) {
        return Error{ErrorCode::kCorpusDamaged, "corpus: the database has no schema version"};
    }
    // Who only reads does without what an older version lacks.
    if (*version == kSchemaVersion || mode == Mode::kReadOnly) {
        return version;
    }
    base::log(options.log, LogLevel::kInfo, "store migrate_from={} migrate_to={}", *version,
              kSchemaVersion);
    const Result<void> migrated = migrate(link.connection.get(), migrations());
    return migrated ? Result<std::uint32_t>(kSchemaVersion)
                    : Result<std::uint32_t>(migrated.error());
}

bool SqliteCatalogue::Impl::is_still_immutable(const Link& link) const {
    if (!link.immutable_mark) {
        return true;
    }
    const Result<FileMark> mark = mark_of(file());
    return mark && *mark == *link.immutable_mark && !has_content(log_file());
}

Result<void> SqliteCatalogue::Impl::freshen(Link& link) const {
    if (link.connection && is_still_immutable(link)) {
        return {};
    }
    return connect(link, Access::kRead);
}

Result<void> SqliteCatalogue::Impl::check_writable() const {
    if (mode == Mode::kReadOnly) {
        return Error{ErrorCode::kCorpusReadOnly, "corpus: it was opened for reading only"};
    }
    // A database that was moved away takes writes and keeps them where nobody looks.
    const Result<FileMark> mark = mark_of(file());
    if (!mark) {
        return mark.error();
    }
    return is_same_file(*mark, writer) ? Result<void>() : Result<void>(was_replaced(folder));
}

SqliteCatalogue::SqliteCatalogue(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteCatalogue::SqliteCatalogue(SqliteCatalogue&&) noexcept = default;
SqliteCatalogue& SqliteCatalogue::operator=(SqliteCatalogue&&) noexcept = default;
SqliteCatalogue::~SqliteCatalogue() = default;

Result<SqliteCatalogue> SqliteCatalogue::open(const std::filesystem::path& folder,
                                              Mode mode,
                                              const CatalogueOptions& options) {
    auto impl = std::make_unique<Impl>();
    impl->folder = folder;
    impl->mode = mode;
    impl->options = options;
    if (mode == Mode::kCreate) {
        const Result<FileMark> mark = mark_of(impl->file());
        if (!mark && mark.error().code == ErrorCode::kCorpusNotFound) {
            if (const Result<void> made = create_corpus(folder, options.busy_wait); !made) {
                return made.error();
            }
        }
    }
    const Result<bool> is_immutable = impl->open();
    if (!is_immutable) {
        return is_immutable.error();
    }
    base::log(options.log, LogLevel::kDebug, "store opened=1 immutable={} schema={}",
              *is_immutable ? 1 : 0, kSchemaVersion);
    return SqliteCatalogue(std::move(impl));
}

std::string sqlite_version() { return sqlite3_libversion(); }

}  // namespace refrain::store
