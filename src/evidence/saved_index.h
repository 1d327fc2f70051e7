#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "refrain/log.h"

#include "index/snapshot.h"

namespace refrain::evidence {

/// A number that tells one change of a store's log from any other, of this store or another.
/// @return nothing: the log has no change with this sequence number
using ChangeMark = std::function<std::optional<std::uint64_t>(std::uint64_t sequence)>;

/// A mark of whatever tells a change from others: the same text gives the same mark.
[[nodiscard]] std::uint64_t mark_of_text(std::string_view text);

/// One of the indexes beside a store.
struct SavedKind {
    std::string_view file_name;
    index::SnapshotFormat format;
    /// Version of the layout of codes and ids; snapshots with another version are rebuilt.
    std::uint64_t rules = 0;
    std::size_t bytes_per_code = 1;  ///< about, on disk
    /// A snapshot is due when the unsaved work is at least the codes of the index / this.
    std::size_t codes_per_work = 1;
};

/// The snapshot of an index beside the store: it spares an opening the reading of every record.
/// Nothing depends on it: what is missing, old, torn or of another store is passed over, and a
/// folder that takes no writes only opens more slowly.
///
/// Thread safety: one thread at a time; it writes beside that in a thread of its own.
class SavedIndex {
  public:
    /// Writes what the index held when it was asked for to a file; runs in another thread.
    using Write = std::function<Result<index::SnapshotWritten>(const std::filesystem::path& file,
                                                               const index::SnapshotTag& tag)>;

    /// @param folder   empty: there is no snapshot, and none is written
    /// @param mark_of  of the store beside it
    SavedIndex(const std::filesystem::path& folder,
               const SavedKind& kind,
               ChangeMark mark_of,
               LogSink* log)
        : kind_(kind), mark_of_(std::move(mark_of)), log_(log) {
        if (!folder.empty()) {
            file_ = folder / kind.file_name;
        }
    }
    SavedIndex(const SavedIndex&) = delete;
    SavedIndex& operator=(const SavedIndex&) = delete;
    /// Waits for the writing to end.
    ~SavedIndex() = default;

    /// The file, if it is of this store and this program; whether its arrays are sound shows when
    /// they are loaded. It ends with the change of its tag.
    [[nodiscard]] std::optional<index::Snapshot> open() const;
    [[nodiscard]] std::uint64_t bytes_on_disk() const;
    /// Tells the log that it was not used after all.
    void pass_over(const Error& why) const;

    /// This was added to the index, or removed from it, since.
    /// @param work  in units of what it costs to take one code over from a record, some 0.5 us
    void count_change(std::size_t work) { unsaved_work_ += work; }

    /// Begins to write, once reading the changes since the last snapshot would take longer than
    /// writing one; never for more than a tenth of the time.
    ///
    /// @param codes     that the index holds now
    /// @param sequence  of the last change that it holds
    void save_if_due(std::size_t codes, std::uint64_t sequence, Write write);

    /// Whether as much work as this, which no snapshot holds, would make one due.
    [[nodiscard]] bool would_be_due(std::size_t work) const;

  private:
    using Clock = std::chrono::steady_clock;

    [[nodiscard]] std::optional<index::SnapshotTag> tag_of(std::uint64_t sequence) const;
    [[nodiscard]] std::size_t due_work(std::size_t codes) const;
    void write(const Write& write, const index::SnapshotTag& tag);

    SavedKind kind_;
    std::filesystem::path file_;
    ChangeMark mark_of_;
    LogSink* log_;
    std::size_t unsaved_work_ = 0;
    std::atomic<bool> is_writing_ = false;
    std::atomic<Clock::time_point> not_before_ = Clock::time_point::min();
    std::jthread writer_;  ///< last, so that it ends first
};

}  // namespace refrain::evidence
