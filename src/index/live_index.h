#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "index/hash_index.h"
#include "index/segment.h"
#include "index/segment_search.h"

namespace refrain::index {

/// How a live index lays out its codes. The answers do not depend on it.
struct LiveOptions {
    int threads = 1;                ///< most threads of one search, >= 1
    std::size_t tail_codes = 4096;  ///< scanned before they become a segment, >= 1
    std::size_t merge_ratio = 3;    ///< a segment is merged unless it is so many times what follows
    std::size_t segment_codes = Segment::kMaxCodes;  ///< most codes of one, 1..kMaxCodes
};

/// What a live index consists of at one moment.
struct LiveShape {
    std::uint64_t generation = 0;  ///< changes so far
    std::size_t segments = 0;
    std::size_t tail = 0;        ///< codes in no segment yet, removed ones included
    std::size_t tombstones = 0;  ///< removed codes that still take space
    std::size_t codes = 0;
};

/// An exact index that is searched while it changes: immutable segments, a short tail of the latest
/// codes, and tombstones. A change is made beside what readers see and becomes visible in one step;
/// readers keep what they began with and wait for nobody.
///
/// `add` now and then builds a segment, over time each code some log(n) times; `remove` copies one
/// bit for each code of the segments it touches. Memory short: kInternal, and the index is as
/// before.
///
/// Thread safety: safe to share; writers take turns.
class LiveIndex final : public HashIndex {
  public:
    explicit LiveIndex(const LiveOptions& options);

    [[nodiscard]] Result<void> add(std::span<const Hash256> codes,
                                   std::span<const CodeId> ids) override;
    [[nodiscard]] Result<std::size_t> remove(std::span<const CodeId> ids) override;
    [[nodiscard]] Result<std::vector<Hit>> range_search(std::span<const Hash256> queries,
                                                        int radius) const override;
    [[nodiscard]] std::size_t size() const override;
    [[nodiscard]] std::size_t memory_bytes() const override;
    [[nodiscard]] LiveShape shape() const;

  private:
    // Shared by the generations that hold them, the latest and those still being read.
    struct Part {
        std::shared_ptr<const Segment> segment;
        std::shared_ptr<const PositionSet> dead;  ///< null: none

        [[nodiscard]] std::size_t live() const;
    };
    /// Room for a whole tail. Writers fill it in order; readers see what their state counts.
    struct TailRoom {
        explicit TailRoom(std::size_t size) : codes(size), ids(size) {}
        std::vector<Hash256> codes;
        std::vector<CodeId> ids;
    };
    struct State {
        std::uint64_t generation = 0;
        std::vector<Part> parts;
        std::shared_ptr<TailRoom> tail;
        std::size_t tail_count = 0;
        std::shared_ptr<const PositionSet> tail_dead;
        std::size_t live = 0;

        [[nodiscard]] CodeBlock tail_block() const;
    };
    struct Entries;

    [[nodiscard]] std::shared_ptr<const State> snapshot() const;
    void publish(std::shared_ptr<State> next);

    void append(State& next, std::span<const Hash256> codes, std::span<const CodeId> ids) const;
    void seal(State& next, std::span<const Hash256> codes, std::span<const CodeId> ids) const;
    [[nodiscard]] std::size_t first_to_merge(const State& state, std::size_t added) const;
    static void remove_from_tail(State& next, std::span<const CodeId> sorted_ids);
    static void remove_from_part(Part& part, std::span<const CodeId> sorted_ids);
    static void tidy(State& next);
    [[nodiscard]] std::size_t workers_for(std::size_t queries) const;

    LiveOptions options_;
    std::mutex writer_;  ///< held through a change
    // Only ever held to copy or swap the pointer.
    mutable std::mutex state_mutex_;
    std::shared_ptr<const State> state_;
};

}  // namespace refrain::index
