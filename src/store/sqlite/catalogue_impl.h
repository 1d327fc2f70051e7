#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_catalogue.h"

namespace refrain::store {

/// What tells one state of a file from another without reading it.
struct FileMark {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t bytes = 0;
    std::int64_t changed_ns = 0;

    friend bool operator==(const FileMark&, const FileMark&) = default;
};

/// @error kCorpusNotFound  no such file; otherwise as `system_error`
[[nodiscard]] Result<FileMark> mark_of(const std::filesystem::path& file);

struct SqliteCatalogue::Impl {
    std::filesystem::path folder;
    Mode mode = Mode::kReadOnly;
    CatalogueOptions options;
    /// Guards the connection and what belongs to it, below.
    std::mutex mutex;
    ConnectionHandle connection;
    /// Set while the connection is immutable, which is right only as long as nobody writes.
    std::optional<FileMark> immutable_mark;
    FileMark opened_mark;

    [[nodiscard]] std::filesystem::path file() const { return folder / "refrain.db"; }
    [[nodiscard]] std::filesystem::path log_file() const { return folder / "refrain.db-wal"; }
    [[nodiscard]] std::filesystem::path shared_memory_file() const {
        return folder / "refrain.db-shm";
    }

    /// Opens or opens anew, and checks that it is a corpus that this build can use.
    [[nodiscard]] Result<void> connect();

    /// Runs `read` with the connection, alone. An immutable connection is renewed first when the
    /// file has changed, and what was read while it changed is not believed.
    template <typename T, typename Read>
    [[nodiscard]] Result<T> reading(const Read& read) {
        const std::lock_guard lock(mutex);
        if (const Result<void> fresh = freshen(); !fresh) {
            return fresh.error();
        }
        Result<T> answer = read(connection.get());
        if (!is_still_immutable()) {
            return Error{ErrorCode::kCorpusBusy,
                         "corpus: another process changed it while it was read"};
        }
        return answer;
    }

    /// What must hold before a write.
    [[nodiscard]] Result<void> check_writable() const;

  private:
    [[nodiscard]] Result<void> connect_reader();
    [[nodiscard]] Result<void> connect_writer();
    /// @return the version of the schema, migrated if need be
    [[nodiscard]] Result<std::uint32_t> check_version() const;
    [[nodiscard]] Result<void> freshen();
    /// True also for a connection that takes locks and so has no need of it.
    [[nodiscard]] bool is_still_immutable() const;
};

}  // namespace refrain::store
