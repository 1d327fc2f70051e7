#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "refrain/result.h"

#include "base/check.h"
#include "index/hash_index.h"
#include "index/index_state.h"
#include "index/mapped_pages.h"

namespace refrain::index {

/// What segments of one kind are made by. A value, safe to share.
///
/// - `merge(parts, stop)`: one segment with all that lives in these; null where nothing does
/// - `make(codes, threads, stop)`: a segment of 1 to `Segment::kMaxCodes` loose codes; asked for
///   only where the index has a tail
///
/// Both may throw. After a requested stop the result is thrown away and may be unfinished.
template <typename K>
concept SegmentKind = IndexSegment<typename K::Segment> &&
    requires(const K& kind,
             std::span<const Part<typename K::Segment>> parts,
             const std::stop_token& stop) {
    { kind.merge(parts, stop) } -> std::same_as<std::shared_ptr<const typename K::Segment>>;
};

/// Codes that are searched while they change: immutable segments, a short tail of the latest codes,
/// and tombstones. A change is made beside what readers see and becomes visible in one step.
/// Readers keep what they began with and wait for nobody.
///
/// A background thread merges segments. In the long run each code is copied some log(n) times. One
/// merge takes time and memory for at most `segment_codes` codes. A removal copies one bit for each
/// key of the segments that it touches.
///
/// When memory is short, a change fails with kInternal and the index is as before. When it is short
/// during a merge, the old segments keep serving and the next change tries again.
///
/// Thread safety: safe to share; writers take turns.
template <typename Kind>
class SegmentedIndex {
    static_assert(SegmentKind<Kind>);

  public:
    using Segment = typename Kind::Segment;
    using State = IndexState<Segment>;

    /// Begins with these parts.
    SegmentedIndex(const SegmentedOptions& options,
                   Kind kind,
                   std::vector<Part<Segment>> parts = {});
    SegmentedIndex(const SegmentedIndex&) = delete;
    SegmentedIndex& operator=(const SegmentedIndex&) = delete;
    ~SegmentedIndex() = default;

    /// Adds codes to the tail, which becomes a segment when it is full. @error kInternal
    [[nodiscard]] Result<void> add(std::span<const Hash256> codes, std::span<const CodeId> ids);
    /// Adds many codes as segments of their own. They are merged when a later change finds it due.
    [[nodiscard]] Result<void> add_bulk(LooseCodes loose);
    /// Adds segments that were made elsewhere.
    [[nodiscard]] Result<void> add_segments(std::vector<std::shared_ptr<const Segment>> made);
    /// Replaces all that is held by these parts, in one step.
    void adopt(std::vector<Part<Segment>> parts);
    /// Puts `made` in the place of parts that lie beside each other and hold the same, such as
    /// mapped ones. What was removed from these since is removed from it, too.
    /// @param before  as they were when `made` was made of them; not empty
    /// @return false: they are not there any more  @error kInternal
    [[nodiscard]] Result<bool> replace(std::span<const Part<Segment>> before,
                                       std::shared_ptr<const Segment> made);
    /// @param ranges  ascending, apart from each other  @return how many codes went
    [[nodiscard]] Result<std::size_t> remove(std::span<const KeyRange> ranges);

    /// Waits until no merge is due. @error kInternal
    [[nodiscard]] Result<void> finish_merges() { return wait_for_merges(0); }

    /// What a reader would see now; never changes.
    [[nodiscard]] std::shared_ptr<const State> state() const {
        const std::scoped_lock lock(state_mutex_);
        return state_;
    }
    [[nodiscard]] std::size_t memory_bytes() const;
    [[nodiscard]] IndexShape shape() const;
    [[nodiscard]] const SegmentedOptions& options() const { return options_; }
    [[nodiscard]] const Kind& kind() const { return kind_; }

  private:
    // Of the merging thread: searches that want the core get nine tenths of it.
    static constexpr int kMergerNice = 10;

    /// Makes the next state of the latest one and shows it to readers.
    /// @param what  for the message, such as "adding codes"
    /// @param make  returns whether anything changed
    template <typename Make>
    [[nodiscard]] Result<void> change(const char* what, const Make& make);
    void publish(std::shared_ptr<State> next);
    void append(State& next, std::span<const Hash256> codes, std::span<const CodeId> ids) const;
    [[nodiscard]] std::vector<Part<Segment>> made_of(LooseCodes loose) const;
    void put_segments_of(LooseCodes loose, State& next) const;
    void merge_now(State& next) const;
    void ask_for_merges();
    /// With `merge_mutex_` held. False: the system gives no thread to merge in.
    [[nodiscard]] bool wake_merger();
    /// Until fewer than `segments` are there, or no merge is due.
    [[nodiscard]] Result<void> wait_for_merges(std::size_t segments);
    void merge_in_background(const std::stop_token& stop);
    bool merge_once(const std::stop_token& stop);

    static std::optional<MergeRange> due(const State& state, const SegmentedOptions& options) {
        return due_merge(std::span<const Part<Segment>>(state.parts), options);
    }
    static Error failed(const char* what, const std::exception& thrown) {
        const bool is_memory = dynamic_cast<const std::bad_alloc*>(&thrown) != nullptr;
        const bool is_damage = dynamic_cast<const DamagedSnapshot*>(&thrown) != nullptr;
        return {is_damage ? ErrorCode::kCorpusDamaged : ErrorCode::kInternal,
                (is_memory ? std::string("out of memory") : thrown.what()) + " while " + what +
                    "; the index is as it was before"};
    }

    SegmentedOptions options_;
    Kind kind_;
    std::mutex writer_;  ///< held through a change
    // Only ever held to copy or swap the pointer.
    mutable std::mutex state_mutex_;
    std::shared_ptr<const State> state_;

    mutable std::mutex merge_mutex_;  ///< guards what follows
    std::condition_variable_any merge_wanted_;
    std::condition_variable merge_done_;
    bool is_merge_wanted_ = false;
    std::optional<Error> merge_failure_;  ///< of the last round
    std::uint64_t merge_rounds_ = 0;      ///< how often the thread has seen to all that was due
    std::uint64_t failed_merges_ = 0;
    std::jthread merger_;  ///< begun when first wanted; last, so that it ends first
};

template <typename Kind>
SegmentedIndex<Kind>::SegmentedIndex(const SegmentedOptions& options,
                                     Kind kind,
                                     std::vector<Part<Segment>> parts)
    : options_(options), kind_(std::move(kind)) {
    REFRAIN_CHECK(options.threads >= 1 && options.segment_codes >= 1 &&
                  options.segment_codes <= Segment::kMaxCodes);
    const auto state = std::make_shared<State>();
    state->parts = std::move(parts);
    state_ = state;
}

template <typename Kind>
void SegmentedIndex<Kind>::publish(std::shared_ptr<State> next) {
    std::shared_ptr<const State> last = std::move(next);
    const std::scoped_lock lock(state_mutex_);
    state_.swap(last);
    // `last` is freed after the lock: it may be the only one to hold large segments.
}

template <typename Kind>
template <typename Make>
Result<void> SegmentedIndex<Kind>::change(const char* what, const Make& make) {
    try {
        const std::scoped_lock lock(writer_);
        auto next = std::make_shared<State>(*state());
        if (make(*next)) {
            ++next->generation;
            publish(std::move(next));
        }
        return {};
    } catch (const std::exception& thrown) {
        return failed(what, thrown);
    }
}

template <typename Kind>
Result<void> SegmentedIndex<Kind>::add(std::span<const Hash256> codes,
                                       std::span<const CodeId> ids) {
    if (Result<void> room = wait_for_merges(options_.most_segments); !room) {
        return room;
    }
    Result<void> added = change("adding codes", [&](State& next) {
        if (codes.size() + next.tail_count <= options_.tail_codes) {
            append(next, codes, ids);
            return true;
        }
        LooseCodes loose;
        loose.reserve(next.tail_count + codes.size());
        loose.append_live(next.tail_block());
        loose.append_live({codes, ids, nullptr});
        put_segments_of(std::move(loose), next);
        next.tail.reset();
        next.tail_count = 0;
        next.tail_dead.reset();
        merge_now(next);
        return true;
    });
    if (added) {
        ask_for_merges();
    }
    return added;
}

template <typename Kind>
void SegmentedIndex<Kind>::append(State& next,
                                  std::span<const Hash256> codes,
                                  std::span<const CodeId> ids) const {
    if (next.tail == nullptr) {
        next.tail = std::make_shared<TailRoom>(options_.tail_codes);
    }
    // Behind all that any reader counts.
    const auto at = static_cast<std::ptrdiff_t>(next.tail_count);
    std::copy(codes.begin(), codes.end(), next.tail->codes.begin() + at);
    std::copy(ids.begin(), ids.end(), next.tail->ids.begin() + at);
    next.tail_count += codes.size();
}

template <typename Kind>
std::vector<Part<typename Kind::Segment>> SegmentedIndex<Kind>::made_of(LooseCodes loose) const {
    std::vector<Part<Segment>> parts;
    const std::size_t total = loose.codes.size();
    for (std::size_t from = 0; from < total; from += options_.segment_codes) {
        LooseCodes piece = loose.taken(from, std::min(options_.segment_codes, total - from));
        parts.push_back({kind_.make(std::move(piece), options_.threads, {}), nullptr, 0});
    }
    return parts;
}

template <typename Kind>
void SegmentedIndex<Kind>::put_segments_of(LooseCodes loose, State& next) const {
    for (Part<Segment>& part : made_of(std::move(loose))) {
        next.parts.push_back(std::move(part));
    }
}

template <typename Kind>
Result<void> SegmentedIndex<Kind>::add_bulk(LooseCodes loose) {
    return change("adding codes", [&](State& next) {
        put_segments_of(std::move(loose), next);
        return true;
    });
}

template <typename Kind>
Result<void> SegmentedIndex<Kind>::add_segments(std::vector<std::shared_ptr<const Segment>> made) {
    Result<void> added = change("adding segments", [&](State& next) {
        for (std::shared_ptr<const Segment>& segment : made) {
            next.parts.push_back({std::move(segment), nullptr, 0});
        }
        merge_now(next);
        return true;
    });
    if (added) {
        ask_for_merges();
    }
    return added;
}

template <typename Kind>
void SegmentedIndex<Kind>::adopt(std::vector<Part<Segment>> parts) {
    const std::scoped_lock lock(writer_);
    auto next = std::make_shared<State>();
    next->parts = std::move(parts);
    next->generation = state()->generation + 1;
    publish(std::move(next));
}

template <typename Kind>
Result<bool> SegmentedIndex<Kind>::replace(std::span<const Part<Segment>> before,
                                           std::shared_ptr<const Segment> made) {
    bool is_there = false;
    const Result<void> changed = change("replacing segments", [&](State& next) {
        is_there = std::search(next.parts.begin(), next.parts.end(), before.begin(), before.end(),
                               [](const Part<Segment>& a, const Part<Segment>& b) {
                                   return a.segment == b.segment;
                               }) != next.parts.end();
        if (is_there) {
            replace_range(next.parts, before, {0, before.size()}, std::move(made));
        }
        return is_there;
    });
    return changed ? Result<bool>(is_there) : Result<bool>(changed.error());
}

template <typename Kind>
Result<std::size_t> SegmentedIndex<Kind>::remove(std::span<const KeyRange> ranges) {
    std::size_t removed = 0;
    const Result<void> changed = change("removing codes", [&](State& next) {
        const std::size_t before = next.live_codes();
        if (auto dead = removed_from_tail(next.tail_block(), options_.tail_codes, ranges)) {
            next.tail_dead = std::move(dead);
        }
        for (Part<Segment>& part : next.parts) {
            remove_from_part(part, ranges);
        }
        removed = before - next.live_codes();
        if (removed > 0) {
            merge_now(next);
        }
        return removed > 0;
    });
    if (!changed) {
        return changed.error();
    }
    if (removed > 0) {
        ask_for_merges();
    }
    return removed;
}

template <typename Kind>
void SegmentedIndex<Kind>::merge_now(State& next) const {
    if (options_.merging != Merging::kInline) {
        return;
    }
    while (const auto range = due(next, options_)) {
        const std::vector<Part<Segment>> before = next.parts;
        const std::span<const Part<Segment>> all(before);
        replace_range(next.parts, all, *range,
                      kind_.merge(all.subspan(range->first, range->last - range->first), {}));
    }
}

template <typename Kind>
void SegmentedIndex<Kind>::ask_for_merges() {
    if (options_.merging == Merging::kBackground && due(*state(), options_)) {
        const std::scoped_lock lock(merge_mutex_);
        // Without a thread the writer merges, when it has to wait for it.
        static_cast<void>(wake_merger());
    }
}

template <typename Kind>
bool SegmentedIndex<Kind>::wake_merger() {
    is_merge_wanted_ = true;
    if (!merger_.joinable()) {
        try {
            merger_ =
                std::jthread([this](const std::stop_token& stop) { merge_in_background(stop); });
        } catch (const std::system_error&) {  // no thread to be had
            return false;
        }
    }
    merge_wanted_.notify_one();
    return true;
}

template <typename Kind>
Result<void> SegmentedIndex<Kind>::wait_for_merges(std::size_t segments) {
    while (true) {
        const std::shared_ptr<const State> now = state();
        if (options_.merging != Merging::kBackground || now->parts.size() < segments ||
            !due(*now, options_)) {
            return {};
        }
        std::unique_lock lock(merge_mutex_);
        const std::uint64_t rounds = merge_rounds_;
        if (!wake_merger()) {
            // The lock is kept: of two merges at once one would find its segments gone.
            try {
                static_cast<void>(merge_once({}));
                continue;
            } catch (const std::exception& thrown) {
                return failed("merging segments", thrown);
            }
        }
        merge_done_.wait(lock, [&] { return merge_rounds_ > rounds; });
        if (merge_failure_) {
            return *merge_failure_;
        }
    }
}

template <typename Kind>
void SegmentedIndex<Kind>::merge_in_background(const std::stop_token& stop) {
    // Of this thread alone, on Linux; elsewhere nothing is lost if it fails.
    setpriority(PRIO_PROCESS, 0, kMergerNice);
    std::unique_lock lock(merge_mutex_);
    while (merge_wanted_.wait(lock, stop, [&] { return is_merge_wanted_; })) {
        is_merge_wanted_ = false;
        lock.unlock();
        std::optional<Error> failure;
        try {
            while (!stop.stop_requested() && merge_once(stop)) {
            }
        } catch (const std::exception& thrown) {
            failure = failed("merging segments", thrown);
        }
        lock.lock();
        failed_merges_ += failure ? 1U : 0U;
        merge_failure_ = std::move(failure);
        ++merge_rounds_;
        merge_done_.notify_all();
    }
}

template <typename Kind>
bool SegmentedIndex<Kind>::merge_once(const std::stop_token& stop) {
    const std::shared_ptr<const State> before = state();
    const auto range = due(*before, options_);
    if (!range) {
        return false;
    }
    const std::span<const Part<Segment>> all(before->parts);
    std::shared_ptr<const Segment> made =
        kind_.merge(all.subspan(range->first, range->last - range->first), stop);
    if (stop.stop_requested()) {
        return false;
    }
    const std::scoped_lock lock(writer_);
    auto next = std::make_shared<State>(*state());
    replace_range(next->parts, all, *range, std::move(made));
    publish(std::move(next));
    return true;
}

template <typename Kind>
std::size_t SegmentedIndex<Kind>::memory_bytes() const {
    const std::shared_ptr<const State> now = state();
    std::size_t bytes = sizeof(*this) + sizeof(State);
    if (now->tail != nullptr) {
        bytes += options_.tail_codes * (sizeof(Hash256) + sizeof(CodeId));
    }
    if (now->tail_dead != nullptr) {
        bytes += now->tail_dead->memory_bytes();
    }
    for (const Part<Segment>& part : now->parts) {
        bytes += part.segment->memory_bytes();
        bytes += part.dead == nullptr ? 0 : part.dead->memory_bytes();
    }
    return bytes;
}

template <typename Kind>
IndexShape SegmentedIndex<Kind>::shape() const {
    const std::shared_ptr<const State> now = state();
    IndexShape shape;
    shape.generation = now->generation;
    shape.segments = now->parts.size();
    shape.tail = now->tail_count;
    shape.codes = now->live_codes();
    shape.tombstones = now->tail_dead == nullptr ? 0 : now->tail_dead->size();
    for (const Part<Segment>& part : now->parts) {
        shape.tombstones += part.dead_codes;
    }
    const std::scoped_lock lock(merge_mutex_);
    shape.failed_merges = failed_merges_;
    return shape;
}

}  // namespace refrain::index
