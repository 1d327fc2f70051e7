#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "index/hash_index.h"
#include "index/live_state.h"

namespace refrain::index {

/// An exact index that is searched while it changes: immutable segments, a short tail of the latest
/// codes, and tombstones. A change is made beside what readers see and becomes visible in one step;
/// readers keep what they began with and wait for nobody.
///
/// Segments are merged beside all this, over time each code some log(n) times; one merge takes
/// time and memory for at most `segment_codes`. `remove` copies one bit for each code of the
/// segments it touches. Memory short: kInternal, and the index is as before; where it was short in
/// the background, the old segments keep serving and the next change tries again.
///
/// Thread safety: safe to share; writers take turns.
class LiveIndex final : public HashIndex {
  public:
    explicit LiveIndex(const LiveOptions& options);
    /// Begins with these parts.
    LiveIndex(const LiveOptions& options, std::vector<LivePart> parts);
    LiveIndex(const LiveIndex&) = delete;
    LiveIndex& operator=(const LiveIndex&) = delete;
    ~LiveIndex() override;

    [[nodiscard]] Result<void> add(std::span<const Hash256> codes,
                                   std::span<const CodeId> ids) override;
    [[nodiscard]] Result<void> add_bulk(std::vector<Hash256> codes,
                                        std::vector<CodeId> ids) override;
    [[nodiscard]] Result<std::size_t> remove(std::span<const CodeId> ids) override;
    [[nodiscard]] Result<std::size_t> remove_between(CodeId first, CodeId last) override;
    [[nodiscard]] Result<std::vector<Hit>> range_search(std::span<const Hash256> queries,
                                                        int radius) const override;
    [[nodiscard]] std::size_t size() const override;
    [[nodiscard]] std::size_t memory_bytes() const override;
    [[nodiscard]] IndexShape shape() const override;

    [[nodiscard]] const LiveOptions& options() const { return options_; }

    /// Waits until no merge is due. @error kInternal  memory was short
    [[nodiscard]] Result<void> finish_merges();

    /// What a reader would see now; never changes.
    [[nodiscard]] std::shared_ptr<const LiveState> state() const;

  private:
    void publish(std::shared_ptr<LiveState> next);
    void append(LiveState& next, std::span<const Hash256> codes, std::span<const CodeId> ids) const;
    void seal(LiveState& next, std::span<const Hash256> codes, std::span<const CodeId> ids) const;
    [[nodiscard]] Result<std::size_t> remove_ranges(std::span<const IdRange> ranges);
    [[nodiscard]] std::vector<Hit> search_in_threads(const LiveState& now,
                                                     std::span<const Hash256> queries,
                                                     int radius) const;
    [[nodiscard]] std::size_t workers_for(std::size_t queries) const;

    void merge_now(LiveState& next) const;
    void ask_for_merges();
    void wake_merger();  ///< with `merge_mutex_` held
    /// Until fewer than `segments` are there, or no merge is due.
    [[nodiscard]] Result<void> wait_for_merges(std::size_t segments);
    void merge_in_background(const std::stop_token& stop);
    bool merge_once(const std::stop_token& stop);

    LiveOptions options_;
    std::mutex writer_;  ///< held through a change
    // Only ever held to copy or swap the pointer.
    mutable std::mutex state_mutex_;
    std::shared_ptr<const LiveState> state_;

    mutable std::mutex merge_mutex_;  ///< guards what follows
    std::condition_variable_any merge_wanted_;
    std::condition_variable merge_done_;
    bool is_merge_wanted_ = false;
    bool has_merge_failed_ = false;   ///< the last one
    std::uint64_t merge_rounds_ = 0;  ///< how often the thread has seen to all that was due
    std::uint64_t failed_merges_ = 0;
    std::jthread merger_;  ///< begun when first wanted; last, so that it ends first
};

/// Those of make_live_index.
[[nodiscard]] LiveOptions live_options(int threads);

}  // namespace refrain::index
