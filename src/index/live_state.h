#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/hash256.h"

#include "index/hash_index.h"
#include "index/position_set.h"
#include "index/segment.h"
#include "index/segment_search.h"

namespace refrain::index {

/// When segments are merged.
enum class Merging {
    kInline,      ///< before `add` and `remove` return: the same shape every time
    kBackground,  ///< by a thread of low priority
};

/// How a live index lays out its codes. The answers do not depend on it.
struct LiveOptions {
    int threads = 1;                    ///< most threads of one search and one building, >= 1
    std::size_t tail_codes = 4096;      ///< scanned before they become a segment, >= 1
    std::size_t table_codes = 1 << 15;  ///< a smaller segment has no tables
    std::size_t merge_ratio = 3;        ///< a segment is merged unless so many times what follows
    std::size_t segment_codes = Segment::kMaxCodes;  ///< most codes of one, 1..kMaxCodes
    std::size_t most_segments = 64;  ///< with as many, `add` waits for merges that are due
    Merging merging = Merging::kInline;
};

/// A segment and what was removed from it. Shared by the generations that hold them, the latest
/// and those still being read.
struct LivePart {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<const PositionSet> dead;  ///< null: none

    [[nodiscard]] std::size_t live() const;
    [[nodiscard]] CodeBlock block() const;
};

/// Room for a whole tail. Writers fill it in order; readers see what their state counts.
struct TailRoom {
    explicit TailRoom(std::size_t size) : codes(size), ids(size) {}
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;
};

/// A live index at one moment.
struct LiveState {
    std::uint64_t generation = 0;
    std::vector<LivePart> parts;
    std::shared_ptr<TailRoom> tail;
    std::size_t tail_count = 0;
    std::shared_ptr<const PositionSet> tail_dead;

    [[nodiscard]] std::size_t live() const;
    [[nodiscard]] CodeBlock tail_block() const;
};

/// Ids from `first` to `last`, both included.
struct IdRange {
    CodeId first = 0;
    CodeId last = 0;
};

/// Marks what has these ids as removed. @param ranges  ascending, apart from each other
void remove_from_part(LivePart& part, std::span<const IdRange> ranges);
void remove_from_tail(LiveState& state, std::span<const IdRange> ranges);

/// Codes on their way into segments.
struct LooseCodes {
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;

    void reserve(std::size_t count);
    void append_live(const CodeBlock& block);
    /// Makes parts of at most `segment_codes`, and leaves nothing behind.
    [[nodiscard]] std::vector<LivePart> take_parts(const LiveOptions& options,
                                                   int threads,
                                                   const std::stop_token& stop);
};

/// Parts that should become one.
struct MergeRange {
    std::size_t first = 0;
    std::size_t last = 0;  ///< behind the last one
};

/// A part more than half removed, or the latest ones that are not `merge_ratio` times as large as
/// what follows them.
[[nodiscard]] std::optional<MergeRange> due_merge(const LiveState& state,
                                                  const LiveOptions& options);

/// What lives in the range, in one part or, if nothing does, none. If `stop` was requested, what
/// comes back must be thrown away.
[[nodiscard]] std::vector<LivePart> merged(const LiveState& state,
                                           MergeRange range,
                                           const LiveOptions& options,
                                           const std::stop_token& stop);

/// Puts `merged` in the place of the range that `before` had, which `now` still has apart from
/// removals. These are made up for.
void replace_range(LiveState& now,
                   const LiveState& before,
                   MergeRange range,
                   std::vector<LivePart> merged);

}  // namespace refrain::index
