#include "store/sqlite/new_database.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "base/unique_fd.h"
#include "store/sqlite/sqlite_error.h"

namespace refrain::store {

namespace {

std::string scratch_name() {
    static std::atomic<unsigned> counter{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    return fmt::format("refrain.db.new-{}-{}-{:x}", ::getpid(), counter++, now);
}

/// A corpus names what is hunted for: the folder is its owner's alone. One that is there already
/// keeps its mode.
Result<void> make_folder(const std::filesystem::path& folder) {
    std::error_code failure;
    if (folder.has_parent_path()) {
        std::filesystem::create_directories(folder.parent_path(), failure);
    }
    if (failure) {
        return cannot_write(failure.value(), "cannot make its folder");
    }
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return cannot_write(errno, "cannot make its folder");
    }
    return {};
}

/// @return whether the name was free
Result<bool> name_without_replacing(const std::filesystem::path& from,
                                    const std::filesystem::path& to) {
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
    return cannot_write(errno, "cannot name the new database");
}

}  // namespace

Error cannot_write(int error_number, std::string_view doing) {
    Error error = system_error(error_number, doing);
    if (error_number == EACCES || error_number == EPERM) {
        error.code = ErrorCode::kCorpusReadOnly;
    }
    return error;
}

Result<void> sync_folder(const std::filesystem::path& folder) {
    const base::UniqueFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems cannot sync a folder and say EINVAL: they have nothing to lose there.
    if (!opened.is_open() || (::fsync(opened.get()) != 0 && errno != EINVAL)) {
        return cannot_write(errno, "cannot make the new database durable");
    }
    return {};
}

Result<NewDatabase> NewDatabase::make(const std::filesystem::path& folder) {
    if (Result<void> made = make_folder(folder); !made) {
        return made.error();
    }
    NewDatabase fresh(folder / scratch_name());
    // SQLite gives its log and shared memory the mode of the database.
    const base::UniqueFd made(
        ::open(fresh.path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
    if (!made.is_open()) {
        return cannot_write(errno, "cannot make the database");
    }
    return fresh;
}

NewDatabase::NewDatabase(NewDatabase&& other) noexcept
    : path_(std::exchange(other.path_, std::filesystem::path())) {}

NewDatabase::~NewDatabase() {
    if (path_.empty()) {
        return;
    }
    for (const char* const suffix : {"", "-wal", "-shm", "-journal"}) {
        ::unlink((path_.native() + suffix).c_str());
    }
}

Result<bool> NewDatabase::take_name(Taken taken) const {
    {
        const base::UniqueFd file(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
        if (!file.is_open() || ::fsync(file.get()) != 0) {
            return cannot_write(errno, "cannot make the new database durable");
        }
    }
    const std::filesystem::path folder = path_.parent_path();
    const std::filesystem::path name = folder / "refrain.db";
    if (taken == Taken::kReplace) {
        if (::rename(path_.c_str(), name.c_str()) != 0) {
            return cannot_write(errno, "cannot name the new database");
        }
    } else {
        const Result<bool> was_free = name_without_replacing(path_, name);
        if (!was_free || !*was_free) {
            return was_free;
        }
    }
    const Result<void> synced = sync_folder(folder);
    return synced ? Result<bool>(true) : Result<bool>(synced.error());
}

}  // namespace refrain::store
