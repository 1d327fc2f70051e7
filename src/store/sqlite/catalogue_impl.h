#pragma once

#include <sys/stat.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/kept_statements.h"
#include "store/sqlite/schema.h"
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

/// A connection and what it was opened on. One thread at a time.
struct Link {
    ConnectionHandle connection;
    KeptStatements kept;  ///< of `connection`
    /// Set while the connection is immutable, which is right only as long as nobody writes.
    std::optional<FileMark> immutable_mark;
    FileMark opened_mark;
};

struct SqliteCatalogue::Impl {
    /// So many connections read at once; who comes later waits for one of them.
    static constexpr std::size_t kMostReaders = 8;

    std::filesystem::path folder;
    Mode mode = Mode::kReadOnly;
    CatalogueOptions options;
    std::mutex write_mutex;  ///< guards `writer`
    Link writer;             ///< none in Mode::kReadOnly

    [[nodiscard]] std::filesystem::path file() const { return folder / "refrain.db"; }
    [[nodiscard]] std::filesystem::path log_file() const { return folder / "refrain.db-wal"; }
    [[nodiscard]] std::filesystem::path shared_memory_file() const {
        return folder / "refrain.db-shm";
    }

    /// Opens the writer or, where nothing may be written, the first reader, and checks that it is a
    /// corpus that this build can use. @return whether it is read as immutable
    [[nodiscard]] Result<bool> open();

    /// Runs `read` with a connection for reading, beside the writer and other readers. An immutable
    /// connection is renewed first when the file has changed, and what was read while it changed
    /// is not believed. `read` takes a Reader, or the bare connection.
    template <typename T, typename Read>
    [[nodiscard]] Result<T> reading(const Read& read) {
        const Borrowed reader(*this);
        if (const Result<void> fresh = freshen(*reader.link); !fresh) {
            return fresh.error();
        }
        const Reader with{reader.link->connection.get(), &reader.link->kept};
        Result<T> answer = [&]() -> Result<T> {
            if constexpr (std::is_invocable_v<Read, const Reader&>) {
                return read(with);
            } else {
                return read(with.connection);
            }
        }();
        if (!is_still_immutable(*reader.link)) {
            return Error{ErrorCode::kCorpusBusy,
                         "corpus: another process changed it while it was read"};
        }
        return answer;
    }

    /// The same for what databases hold since they keep states of items; an older one is not read,
    /// and has none of it. `read` gives a Result<void>.
    template <typename Read>
    [[nodiscard]] Result<void> reading_states(const Read& read) {
        return reading<void>([&](const Reader& reader) -> Result<void> {
            const Result<bool> states = has_states(reader);
            if (!states) {
                return states.error();
            }
            if constexpr (std::is_invocable_v<Read, const Reader&>) {
                return *states ? read(reader) : Result<void>();
            } else {
                return *states ? read(reader.connection) : Result<void>();
            }
        });
    }

    /// Whether the database keeps states of items. Who may write has brought it up to date.
    [[nodiscard]] Result<bool> has_states(const Reader& reader) const {
        return mode == Mode::kReadOnly ? has_version(reader.connection, kFirstVersionWithStates)
                                       : Result<bool>(true);
    }

    /// What must hold before a write.
    [[nodiscard]] Result<void> check_writable() const;

  private:
    /// A reader that nobody else has; it goes back at the end.
    struct Borrowed {
        explicit Borrowed(Impl& from) : impl(from), link(from.take_reader()) {}
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        ~Borrowed() { impl.give_back(std::move(link)); }

        Impl& impl;
        std::unique_ptr<Link> link;
    };

    [[nodiscard]] std::unique_ptr<Link> take_reader();
    void give_back(std::unique_ptr<Link> link);

    /// Opens or opens anew.
    [[nodiscard]] Result<void> connect(Link& link, Access access) const;
    [[nodiscard]] Result<void> connect_reader(Link& link) const;
    [[nodiscard]] Result<void> connect_writer(Link& link) const;
    /// @return the version of the schema, migrated if need be
    [[nodiscard]] Result<std::uint32_t> check_version(const Link& link) const;
    [[nodiscard]] Result<void> freshen(Link& link) const;
    /// True also for a connection that takes locks and so has no need of it.
    [[nodiscard]] bool is_still_immutable(const Link& link) const;

    std::mutex pool_mutex_;  ///< guards what follows; held only to take and give back
    std::condition_variable given_back_;
    std::vector<std::unique_ptr<Link>> idle_;  ///< after `writer`, so that it is closed last
    std::size_t readers_ = 0;                  ///< idle or borrowed
};

}  // namespace refrain::store
