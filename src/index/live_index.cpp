#include "index/live_index.h"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "base/check.h"
#include "index/hamming_kernels.h"

namespace refrain::index {

namespace {

// A thread costs as much to start as some ten look-ups.
constexpr std::size_t kLeastQueriesPerThread = 16;
// Of the merging thread: searches that want the core get nine tenths of it.
constexpr int kMergerNice = 10;

Error out_of_memory(const char* what) {
    return {ErrorCode::kInternal,
            std::string("out of memory while ") + what + "; the index is as it was before"};
}

}  // namespace

LiveIndex::LiveIndex(const LiveOptions& options) : LiveIndex(options, {}) {}

LiveIndex::LiveIndex(const LiveOptions& options, std::vector<LivePart> parts) : options_(options) {
    REFRAIN_CHECK(options.threads >= 1 && options.tail_codes >= 1 && options.segment_codes >= 1 &&
                  options.segment_codes <= Segment::kMaxCodes);
    const auto state = std::make_shared<LiveState>();
    state->parts = std::move(parts);
    state_ = state;
}

LiveIndex::~LiveIndex() = default;

std::shared_ptr<const LiveState> LiveIndex::state() const {
    const std::scoped_lock lock(state_mutex_);
    return state_;
}

void LiveIndex::publish(std::shared_ptr<LiveState> next) {
    std::shared_ptr<const LiveState> last = std::move(next);
    const std::scoped_lock lock(state_mutex_);
    state_.swap(last);
    // `last` is freed after the lock: it may be the only one to hold large segments.
}

Result<void> LiveIndex::add(std::span<const Hash256> codes, std::span<const CodeId> ids) {
    if (codes.size() != ids.size()) {
        return Error{ErrorCode::kInvalidArgument, "codes and ids differ in number"};
    }
    if (codes.empty()) {
        return {};
    }
    if (Result<void> room = wait_for_merges(options_.most_segments); !room) {
        return room;
    }
    const std::scoped_lock lock(writer_);
    try {
        auto next = std::make_shared<LiveState>(*state());
        if (codes.size() <= options_.tail_codes - next->tail_count) {
            append(*next, codes, ids);
        } else {
            seal(*next, codes, ids);
            merge_now(*next);
        }
        ++next->generation;
        publish(std::move(next));
    } catch (const std::bad_alloc&) {
        return out_of_memory("adding codes");
    }
    ask_for_merges();
    return {};
}

Result<void> LiveIndex::add_bulk(std::vector<Hash256> codes, std::vector<CodeId> ids) {
    if (codes.size() != ids.size()) {
        return Error{ErrorCode::kInvalidArgument, "codes and ids differ in number"};
    }
    if (codes.empty()) {
        return {};
    }
    const std::scoped_lock lock(writer_);
    try {
        LooseCodes loose{std::move(codes), std::move(ids)};
        auto made = loose.take_parts(options_, options_.threads, {});
        auto next = std::make_shared<LiveState>(*state());
        next->parts.insert(next->parts.end(), made.begin(), made.end());
        ++next->generation;
        publish(std::move(next));
    } catch (const std::bad_alloc&) {
        return out_of_memory("adding codes");
    }
    return {};
}

void LiveIndex::append(LiveState& next,
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

void LiveIndex::seal(LiveState& next,
                     std::span<const Hash256> codes,
                     std::span<const CodeId> ids) const {
    LooseCodes loose;
    loose.reserve(next.tail_count + codes.size());
    loose.append_live(next.tail_block());
    loose.append_live({codes, ids, nullptr});
    auto made = loose.take_parts(options_, options_.threads, {});
    next.parts.insert(next.parts.end(), made.begin(), made.end());
    next.tail.reset();
    next.tail_count = 0;
    next.tail_dead.reset();
}

Result<std::size_t> LiveIndex::remove(std::span<const CodeId> ids) {
    try {
        std::vector<CodeId> sorted(ids.begin(), ids.end());
        std::sort(sorted.begin(), sorted.end());
        sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
        std::vector<IdRange> ranges;
        ranges.reserve(sorted.size());
        for (const CodeId id : sorted) {
            ranges.push_back({id, id});
        }
        return remove_ranges(ranges);
    } catch (const std::bad_alloc&) {
        return out_of_memory("removing codes");
    }
}

Result<std::size_t> LiveIndex::remove_between(CodeId first, CodeId last) {
    const IdRange range{first, last};
    return remove_ranges(std::span(&range, 1));
}

Result<std::size_t> LiveIndex::remove_ranges(std::span<const IdRange> ranges) {
    std::size_t removed = 0;
    {
        const std::scoped_lock lock(writer_);
        try {
            auto next = std::make_shared<LiveState>(*state());
            const std::size_t before = next->live();
            remove_from_tail(*next, ranges);
            for (LivePart& part : next->parts) {
                remove_from_part(part, ranges);
            }
            removed = before - next->live();
            if (removed == 0) {
                return removed;
            }
            merge_now(*next);
            ++next->generation;
            publish(std::move(next));
        } catch (const std::bad_alloc&) {
            return out_of_memory("removing codes");
        }
    }
    ask_for_merges();
    return removed;
}

void LiveIndex::merge_now(LiveState& next) const {
    if (options_.merging != Merging::kInline) {
        return;
    }
    while (const auto range = due_merge(next, options_)) {
        const LiveState before = next;
        replace_range(next, before, *range, merged(before, *range, options_, {}));
    }
}

void LiveIndex::ask_for_merges() {
    if (options_.merging == Merging::kBackground && due_merge(*state(), options_)) {
        const std::scoped_lock lock(merge_mutex_);
        wake_merger();
    }
}

void LiveIndex::wake_merger() {
    is_merge_wanted_ = true;
    if (!merger_.joinable()) {
        merger_ = std::jthread([this](const std::stop_token& stop) { merge_in_background(stop); });
    }
    merge_wanted_.notify_one();
}

Result<void> LiveIndex::wait_for_merges(std::size_t segments) {
    while (true) {
        const std::shared_ptr<const LiveState> now = state();
        if (options_.merging != Merging::kBackground || now->parts.size() < segments ||
            !due_merge(*now, options_)) {
            return {};
        }
        std::unique_lock lock(merge_mutex_);
        const std::uint64_t rounds = merge_rounds_;
        wake_merger();
        merge_done_.wait(lock, [&] { return merge_rounds_ > rounds; });
        if (has_merge_failed_) {
            return out_of_memory("merging segments");
        }
    }
}

Result<void> LiveIndex::finish_merges() { return wait_for_merges(0); }

void LiveIndex::merge_in_background(const std::stop_token& stop) {
    // Of this thread alone, on Linux; elsewhere nothing is lost if it fails.
    setpriority(PRIO_PROCESS, 0, kMergerNice);
    std::unique_lock lock(merge_mutex_);
    while (merge_wanted_.wait(lock, stop, [&] { return is_merge_wanted_; })) {
        is_merge_wanted_ = false;
        lock.unlock();
        bool has_failed = false;
        try {
            while (!stop.stop_requested() && merge_once(stop)) {
            }
        } catch (const std::bad_alloc&) {
            has_failed = true;
        }
        lock.lock();
        has_merge_failed_ = has_failed;
        failed_merges_ += has_failed ? 1U : 0U;
        ++merge_rounds_;
        merge_done_.notify_all();
    }
}

bool LiveIndex::merge_once(const std::stop_token& stop) {
    const std::shared_ptr<const LiveState> before = state();
    const auto range = due_merge(*before, options_);
    if (!range) {
        return false;
    }
    std::vector<LivePart> made = merged(*before, *range, options_, stop);
    if (stop.stop_requested()) {
        return false;
    }
    const std::scoped_lock lock(writer_);
    auto next = std::make_shared<LiveState>(*state());
    replace_range(*next, *before, *range, std::move(made));
    publish(std::move(next));
    return true;
}

std::size_t LiveIndex::workers_for(std::size_t queries) const {
    return std::clamp<std::size_t>(queries / kLeastQueriesPerThread, 1,
                                   static_cast<std::size_t>(options_.threads));
}

Result<std::vector<Hit>> LiveIndex::range_search(std::span<const Hash256> queries,
                                                 int radius) const {
    if (radius < 0 || radius > Hash256::kBits) {
        return Error{ErrorCode::kInvalidArgument, "the radius must be 0 to 256"};
    }
    if (queries.size() > std::numeric_limits<std::uint32_t>::max()) {
        return Error{ErrorCode::kInvalidArgument, "too many queries for one batch"};
    }
    if (queries.empty()) {
        return std::vector<Hit>{};
    }
    try {
        return search_in_threads(*state(), queries, radius);
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::kInternal, "out of memory while searching"};
    }
}

std::vector<Hit> LiveIndex::search_in_threads(const LiveState& now,
                                              std::span<const Hash256> queries,
                                              int radius) const {
    const std::size_t workers = workers_for(queries.size());
    std::vector<std::vector<Hit>> hits(workers);
    std::vector<std::exception_ptr> failures(workers);
    const auto work = [&](std::size_t worker) {
        try {
            const QueryRange range{queries, queries.size() * worker / workers,
                                   queries.size() * (worker + 1) / workers};
            Searcher searcher(radius, hamming_kernels());
            for (const LivePart& part : now.parts) {
                searcher.search(*part.segment, part.dead.get(), range);
            }
            searcher.scan(now.tail_block(), range);
            hits[worker] = searcher.take_hits();
        } catch (const std::exception&) {
            failures[worker] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t worker = 1; worker < workers; ++worker) {
            threads.emplace_back(work, worker);
        }
        work(0);
    }
    for (std::size_t worker = 0; worker < workers; ++worker) {
        if (failures[worker] != nullptr) {
            std::rethrow_exception(failures[worker]);
        }
        if (worker > 0) {
            hits[0].insert(hits[0].end(), hits[worker].begin(), hits[worker].end());
        }
    }
    return std::move(hits[0]);
}

std::size_t LiveIndex::size() const { return state()->live(); }

std::size_t LiveIndex::memory_bytes() const {
    const std::shared_ptr<const LiveState> now = state();
    std::size_t bytes = sizeof(*this) + sizeof(LiveState);
    if (now->tail != nullptr) {
        bytes += options_.tail_codes * (sizeof(Hash256) + sizeof(CodeId));
    }
    if (now->tail_dead != nullptr) {
        bytes += now->tail_dead->memory_bytes();
    }
    for (const LivePart& part : now->parts) {
        bytes += part.segment->memory_bytes();
        bytes += part.dead == nullptr ? 0 : part.dead->memory_bytes();
    }
    return bytes;
}

IndexShape LiveIndex::shape() const {
    const std::shared_ptr<const LiveState> now = state();
    IndexShape shape;
    shape.generation = now->generation;
    shape.segments = now->parts.size();
    shape.tail = now->tail_count;
    shape.codes = now->live();
    shape.tombstones = now->tail_dead == nullptr ? 0 : now->tail_dead->size();
    for (const LivePart& part : now->parts) {
        shape.tombstones += part.segment->size() - part.live();
    }
    const std::scoped_lock lock(merge_mutex_);
    shape.failed_merges = failed_merges_;
    return shape;
}

LiveOptions live_options(int threads) {
    LiveOptions options;
    options.threads = threads;
    options.merging = Merging::kBackground;
    return options;
}

std::unique_ptr<HashIndex> make_live_index(int threads) {
    return std::make_unique<LiveIndex>(live_options(threads));
}

}  // namespace refrain::index
