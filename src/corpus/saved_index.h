#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>

#include "refrain/log.h"

#include "index/live_index.h"
#include "index/snapshot.h"
#include "store/store.h"

namespace refrain::corpus {

/// The snapshot of a live index beside the store: it spares an opening the reading of every record.
/// Nothing depends on it: what is missing, old, torn or of another store is passed over, and a
/// folder that takes no writes only opens more slowly.
///
/// Thread safety: one thread at a time; it writes beside that in a thread of its own.
class SavedIndex {
  public:
    static constexpr std::string_view kFileName = "index.snapshot";

    struct Loaded {
        std::unique_ptr<index::LiveIndex> index;
        std::uint64_t sequence = 0;  ///< of the last change that it holds
    };

    /// @param store  outlives this
    SavedIndex(const std::filesystem::path& folder, const store::Store& store, LogSink* log)
        : file_(folder / kFileName), store_(store), log_(log) {}
    SavedIndex(const SavedIndex&) = delete;
    SavedIndex& operator=(const SavedIndex&) = delete;
    /// Waits for the writing to end.
    ~SavedIndex() = default;

    /// What the file holds, if it is sound and of this store.
    ///
    /// Cost: reads the file.
    [[nodiscard]] std::optional<Loaded> load(const index::LiveOptions& options,
                                             const std::stop_token& stop) const;

    /// An item of so many codes was added to the index, or removed from it, since.
    void count_change(std::size_t codes) { unsaved_work_ += kWorkOfAnItem + codes; }

    /// Begins to write what `index` holds now, once reading the changes since the last snapshot
    /// would take longer than writing one; never for more than a tenth of the time.
    ///
    /// @param sequence  of the last change that `index` holds
    void save_if_due(const index::LiveIndex& index,
                     std::uint64_t sequence,
                     const std::stop_token& stop);

  private:
    using Clock = std::chrono::steady_clock;

    // In units of what it costs to take one code over from a record, some 0.5 us.
    static constexpr std::size_t kWorkOfAnItem = 80;

    [[nodiscard]] std::optional<index::SnapshotTag> tag_of(std::uint64_t sequence) const;
    void write(const index::LiveState& state,
               const index::SnapshotTag& tag,
               const index::LiveOptions& options,
               const std::stop_token& stop);

    std::filesystem::path file_;
    const store::Store& store_;
    LogSink* log_;
    std::size_t unsaved_work_ = 0;
    std::atomic<bool> is_writing_ = false;
    std::atomic<Clock::time_point> not_before_ = Clock::time_point::min();
    std::jthread writer_;  ///< last, so that it ends first
};

}  // namespace refrain::corpus
