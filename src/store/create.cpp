#include "store/create.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>

#include <spdlog/fmt/fmt.h>

#include "base/unique_fd.h"
#include "store/connection.h"
#include "store/schema.h"
#include "store/sqlite_error.h"
#include "store/statement.h"

namespace refrain::store {

namespace {

/// A refusal to write is about the corpus, not about a file of it.
Error cannot_make(int error_number, std::string_view doing) {
    Error error = system_error(error_number, doing);
    if (error_number == EACCES || error_number == EPERM) {
        error.code = ErrorCode::kCorpusReadOnly;
    }
    return error;
}

/// A file of our own beside the place of the database, removed with all that SQLite put beside it.
class ScratchFile {
  public:
    explicit ScratchFile(std::filesystem::path path) : path_(std::move(path)) {}
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ScratchFile(ScratchFile&&) = delete;
    ScratchFile& operator=(ScratchFile&&) = delete;
    ~ScratchFile() {
        for (const char* const suffix : {"", "-wal", "-shm", "-journal"}) {
            ::unlink((path_.native() + suffix).c_str());
        }
    }

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Makes the file; it must be new.
    [[nodiscard]] Result<void> make() const {
        const base::UniqueFd made(
            ::open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666));
        if (!made.is_open()) {
            return cannot_make(errno, "cannot make the database");
        }
        return {};
    }

  private:
    std::filesystem::path path_;
};

std::string scratch_name() {
    static std::atomic<unsigned> counter{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    return fmt::format("refrain.db.new-{}-{}-{:x}", ::getpid(), counter++, now);
}

Result<void> sync_folder(const std::filesystem::path& folder) {
    const base::UniqueFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems cannot sync a folder and say EINVAL: they have nothing to lose there.
    if (!opened.is_open() || (::fsync(opened.get()) != 0 && errno != EINVAL)) {
        return cannot_make(errno, "cannot make the new database durable");
    }
    return {};
}

Result<void> fill(const std::filesystem::path& file, MediaTime busy_wait) {
    Result<ConnectionHandle> connection = open_connection(file, Access::kReadWrite, busy_wait);
    if (!connection) {
        return connection.error();
    }
    if (Result<void> wal = execute(connection->get(), "PRAGMA journal_mode=WAL"); !wal) {
        return wal;
    }
    if (Result<void> made = migrate(connection->get(), migrations()); !made) {
        return made;
    }
    // Closing would do this too, but could not say that it failed.
    return execute(connection->get(), "PRAGMA wal_checkpoint(TRUNCATE)");
}

/// Gives the file its name unless that is taken. @return whether it was free
Result<bool> take_name(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
        return true;
    }
    if (errno == EINVAL || errno == ENOSYS) {
        // The file system does not know the flag; a link refuses a taken name as well.
        if (::link(from.c_str(), to.c_str()) == 0) {
            return true;
        }
    }
    if (errno == EEXIST) {
        return false;
    }
    return cannot_make(errno, "cannot name the new database");
}

}  // namespace

Result<void> create_corpus(const std::filesystem::path& folder, MediaTime busy_wait) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) {
        return cannot_make(failure.value(), "cannot make its folder");
    }
    const ScratchFile scratch(folder / scratch_name());
    if (Result<void> made = scratch.make(); !made) {
        return made;
    }
    if (Result<void> filled = fill(scratch.path(), busy_wait); !filled) {
        return filled;
    }
    const Result<bool> named = take_name(scratch.path(), folder / "refrain.db");
    if (!named) {
        return named.error();
    }
    return *named ? sync_folder(folder) : Result<void>();
}

}  // namespace refrain::store
