#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "index/code_block.h"
#include "index/position_set.h"

// What a segmented index consists of at one moment, and the changes that lead from one moment to
// the next. Nothing here knows threads: SegmentedIndex does.

namespace refrain::index {

/// Codes that do not change once they are made. Each belongs to a key. A removal names a key and
/// removes all of its codes.
///
/// - `keys()`: in rising order, equals beside each other
/// - `code_count()`: of all keys
/// - `codes_of(place)`: of the key at this place of `keys()`
/// - `kMaxCodes`, `kMaxKeys`: of one segment
template <typename S>
concept IndexSegment = requires(const S& segment, std::size_t place) {
    { segment.keys() } -> std::convertible_to<std::span<const std::int64_t>>;
    { segment.code_count() } -> std::convertible_to<std::size_t>;
    { segment.codes_of(place) } -> std::convertible_to<std::size_t>;
    { segment.memory_bytes() } -> std::convertible_to<std::size_t>;
    { S::kMaxCodes } -> std::convertible_to<std::size_t>;
    { S::kMaxKeys } -> std::convertible_to<std::size_t>;
};

/// When segments are merged.
enum class Merging {
    kInline,      ///< before a change returns: the same shape every time
    kBackground,  ///< by a thread of low priority
};

/// How a segmented index lays out its codes. The answers do not depend on it.
struct SegmentedOptions {
    int threads = 1;                 ///< most threads of one search and one building, >= 1
    std::size_t tail_codes = 0;      ///< scanned before they become a segment; 0: there is no tail
    std::size_t merge_ratio = 3;     ///< a segment is merged unless so many times what follows
    std::size_t segment_codes = 1;   ///< most codes of a merged one, 1..Segment::kMaxCodes
    std::size_t most_segments = 64;  ///< with as many, `add` waits for merges that are due
    Merging merging = Merging::kInline;
};

/// Keys from `first` to `last`, both included.
struct KeyRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

/// A segment and what was removed from it. The latest generation of the index and those that are
/// still being read share the segment.
template <typename Segment>
struct Part {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<const PositionSet> dead;  ///< places in `keys()`; null: none
    std::size_t dead_codes = 0;

    [[nodiscard]] std::size_t live_codes() const { return segment->code_count() - dead_codes; }
    [[nodiscard]] std::size_t live_keys() const {
        return segment->keys().size() - (dead == nullptr ? 0 : dead->size());
    }
};

/// Room for a whole tail. The writer fills it in order. A reader looks at as many codes as its
/// state counts, and never at what comes behind them.
struct TailRoom {
    explicit TailRoom(std::size_t size) : codes(size), ids(size) {}
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;
};

template <typename Segment>
struct IndexState {
    std::uint64_t generation = 0;
    std::vector<Part<Segment>> parts;
    std::shared_ptr<TailRoom> tail;
    std::size_t tail_count = 0;
    std::shared_ptr<const PositionSet> tail_dead;

    [[nodiscard]] std::size_t live_codes() const {
        std::size_t codes = tail_count - (tail_dead == nullptr ? 0 : tail_dead->size());
        for (const Part<Segment>& part : parts) {
            codes += part.live_codes();
        }
        return codes;
    }
    [[nodiscard]] CodeBlock tail_block() const {
        if (tail_count == 0) {
            return {};
        }
        return {std::span(tail->codes).first(tail_count), std::span(tail->ids).first(tail_count),
                tail_dead.get()};
    }
};

/// Marks what has these keys as removed. @param ranges  ascending, apart from each other
template <typename Segment>
void remove_from_part(Part<Segment>& part, std::span<const KeyRange> ranges) {
    const std::span<const std::int64_t> known = part.segment->keys();
    std::shared_ptr<PositionSet> dead;
    auto at = known.begin();
    for (const KeyRange& range : ranges) {
        at = std::lower_bound(at, known.end(), range.first);
        for (; at != known.end() && *at <= range.last; ++at) {
            if (dead == nullptr) {
                dead = part.dead == nullptr ? std::make_shared<PositionSet>(known.size())
                                            : std::make_shared<PositionSet>(*part.dead);
            }
            const auto place = static_cast<std::size_t>(at - known.begin());
            if (dead->insert(place)) {
                part.dead_codes += part.segment->codes_of(place);
            }
        }
    }
    if (dead != nullptr) {
        part.dead = std::move(dead);
    }
}

/// The same for the tail. @return null: nothing there has these ids
[[nodiscard]] std::shared_ptr<const PositionSet>
removed_from_tail(const CodeBlock& tail, std::size_t room, std::span<const KeyRange> ranges);

/// Parts that should become one.
struct MergeRange {
    std::size_t first = 0;
    std::size_t last = 0;  ///< behind the last one
};

/// What is to be merged next: a part of which more than half is removed, if what is left is not too
/// large for one, or else the latest parts, as many as are not `merge_ratio` times as large as what
/// follows them.
template <typename Segment>
[[nodiscard]] std::optional<MergeRange> due_merge(std::span<const Part<Segment>> parts,
                                                  const SegmentedOptions& options) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        // A larger one was made elsewhere, and is made anew there.
        if (parts[i].live_codes() * 2 < parts[i].segment->code_count() &&
            parts[i].live_codes() <= options.segment_codes) {
            return MergeRange{i, i + 1};
        }
    }
    if (parts.size() < 2) {
        return std::nullopt;
    }
    std::size_t first = parts.size() - 1;
    std::size_t codes = parts[first].live_codes();
    std::size_t keys = parts[first].live_keys();
    for (; first > 0; --first) {
        const Part<Segment>& before = parts[first - 1];
        if (before.live_codes() >= options.merge_ratio * codes ||
            before.live_codes() + codes > options.segment_codes ||
            before.live_keys() + keys > Segment::kMaxKeys) {
            break;
        }
        codes += before.live_codes();
        keys += before.live_keys();
    }
    if (first + 1 >= parts.size()) {
        return std::nullopt;
    }
    return MergeRange{first, parts.size()};
}

/// Appends the keys of what is dead in `now` and was not in `before`, two states of one segment.
template <typename Segment>
void append_newly_dead(const Part<Segment>& before,
                       const Part<Segment>& now,
                       std::vector<std::int64_t>& keys) {
    if (now.dead == nullptr || now.dead == before.dead) {
        return;
    }
    const auto words = now.dead->words();
    for (std::size_t w = 0; w < words.size(); ++w) {
        std::uint64_t bits = words[w];
        if (before.dead != nullptr) {
            bits &= ~before.dead->words()[w];
        }
        for (; bits != 0; bits &= bits - 1) {
            keys.push_back(
                now.segment->keys()[w * 64 + static_cast<std::size_t>(std::countr_zero(bits))]);
        }
    }
}

/// One range for each key, in order. @param keys  in any order, with repeats
[[nodiscard]] std::vector<KeyRange> ranges_of(std::vector<std::int64_t> keys);

/// Puts a merged segment in the place of the parts that it was made of. What was removed from these
/// while they were merged is removed from it, too.
///
/// @param before  the parts when the merge began
/// @param merged  null: nothing of the range is left
template <typename Segment>
void replace_range(std::vector<Part<Segment>>& now,
                   std::span<const Part<Segment>> before,
                   MergeRange range,
                   std::shared_ptr<const Segment> merged) {
    const auto first = std::find_if(now.begin(), now.end(), [&](const Part<Segment>& part) {
        return part.segment == before[range.first].segment;
    });
    REFRAIN_CHECK(now.end() - first >= static_cast<std::ptrdiff_t>(range.last - range.first));
    std::vector<std::int64_t> doomed;
    auto part = first;
    for (std::size_t i = range.first; i < range.last; ++i, ++part) {
        REFRAIN_CHECK(part->segment == before[i].segment);
        append_newly_dead(before[i], *part, doomed);
    }
    const auto at = now.erase(first, part);
    if (merged == nullptr) {
        return;
    }
    // A key removed meanwhile is gone from the whole range: what was added since lies behind it.
    Part<Segment> made{std::move(merged), nullptr, 0};
    remove_from_part<Segment>(made, ranges_of(std::move(doomed)));
    now.insert(at, std::move(made));
}

}  // namespace refrain::index
