#include "index/live_index.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "base/check.h"
#include "index/hamming_kernels.h"

namespace refrain::index {

namespace {

// A thread costs as much to start as some ten look-ups.
constexpr std::size_t kLeastQueriesPerThread = 16;

Error out_of_memory(const char* what) {
    return {ErrorCode::kInternal,
            std::string("out of memory while ") + what + "; the index is as it was before"};
}

}  // namespace

/// Codes on their way into segments.
struct LiveIndex::Entries {
    std::vector<Hash256> codes;
    std::vector<CodeId> ids;

    void reserve(std::size_t count) {
        codes.reserve(count);
        ids.reserve(count);
    }
    void append_live(const CodeBlock& block) {
        if (block.dead == nullptr) {
            codes.insert(codes.end(), block.codes.begin(), block.codes.end());
            ids.insert(ids.end(), block.ids.begin(), block.ids.end());
            return;
        }
        for (std::size_t i = 0; i < block.codes.size(); ++i) {
            if (!block.dead->contains(i)) {
                codes.push_back(block.codes[i]);
                ids.push_back(block.ids[i]);
            }
        }
    }
};

std::size_t LiveIndex::Part::live() const {
    return segment->size() - (dead == nullptr ? 0 : dead->size());
}

CodeBlock LiveIndex::State::tail_block() const {
    if (tail_count == 0) {
        return {};
    }
    return {std::span(tail->codes).first(tail_count), std::span(tail->ids).first(tail_count),
            tail_dead.get()};
}

LiveIndex::LiveIndex(const LiveOptions& options)
    : options_(options), state_(std::make_shared<State>()) {
    REFRAIN_CHECK(options.threads >= 1 && options.tail_codes >= 1 && options.segment_codes >= 1 &&
                  options.segment_codes <= Segment::kMaxCodes);
}

std::shared_ptr<const LiveIndex::State> LiveIndex::snapshot() const {
    const std::scoped_lock lock(state_mutex_);
    return state_;
}

void LiveIndex::publish(std::shared_ptr<State> next) {
    ++next->generation;
    std::shared_ptr<const State> last = std::move(next);
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
    const std::scoped_lock lock(writer_);
    try {
        auto next = std::make_shared<State>(*snapshot());
        if (codes.size() <= options_.tail_codes - next->tail_count) {
            append(*next, codes, ids);
        } else {
            seal(*next, codes, ids);
        }
        next->live += codes.size();
        publish(std::move(next));
    } catch (const std::bad_alloc&) {
        return out_of_memory("adding codes");
    }
    return {};
}

void LiveIndex::append(State& next,
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

std::size_t LiveIndex::first_to_merge(const State& state, std::size_t added) const {
    std::size_t first = state.parts.size();
    while (first > 0) {
        const std::size_t before = state.parts[first - 1].live();
        if (before >= options_.merge_ratio * added || before + added > options_.segment_codes) {
            break;
        }
        added += before;
        --first;
    }
    return first;
}

void LiveIndex::seal(State& next,
                     std::span<const Hash256> codes,
                     std::span<const CodeId> ids) const {
    const CodeBlock tail = next.tail_block();
    std::size_t total = tail.codes.size() + codes.size();
    const std::size_t first = first_to_merge(next, total);
    for (std::size_t i = first; i < next.parts.size(); ++i) {
        total += next.parts[i].live();
    }
    Entries entries;
    entries.reserve(total);
    for (std::size_t i = first; i < next.parts.size(); ++i) {
        const Part& part = next.parts[i];
        entries.append_live({part.segment->codes(), part.segment->ids(), part.dead.get()});
    }
    entries.append_live(tail);
    entries.append_live({codes, ids, nullptr});
    next.parts.resize(first);
    for (std::size_t from = 0; from < entries.codes.size(); from += options_.segment_codes) {
        const auto begin = static_cast<std::ptrdiff_t>(from);
        const auto end = static_cast<std::ptrdiff_t>(
            std::min(entries.codes.size(), from + options_.segment_codes));
        if (begin == 0 && end == std::ssize(entries.codes)) {
            next.parts.push_back(
                {std::make_shared<const Segment>(std::move(entries.codes), std::move(entries.ids)),
                 nullptr});
            break;
        }
        next.parts.push_back(
            {std::make_shared<const Segment>(
                 std::vector(entries.codes.begin() + begin, entries.codes.begin() + end),
                 std::vector(entries.ids.begin() + begin, entries.ids.begin() + end)),
             nullptr});
    }
    next.tail.reset();
    next.tail_count = 0;
    next.tail_dead.reset();
}

Result<std::size_t> LiveIndex::remove(std::span<const CodeId> ids) {
    const std::scoped_lock lock(writer_);
    try {
        std::vector<CodeId> sorted(ids.begin(), ids.end());
        std::sort(sorted.begin(), sorted.end());
        sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
        auto next = std::make_shared<State>(*snapshot());
        const std::size_t before = next->live;
        remove_from_tail(*next, sorted);
        for (Part& part : next->parts) {
            remove_from_part(part, sorted);
        }
        next->live = next->tail_count - (next->tail_dead == nullptr ? 0 : next->tail_dead->size());
        for (const Part& part : next->parts) {
            next->live += part.live();
        }
        const std::size_t removed = before - next->live;
        if (removed > 0) {
            tidy(*next);
            publish(std::move(next));
        }
        return removed;
    } catch (const std::bad_alloc&) {
        return out_of_memory("removing codes");
    }
}

void LiveIndex::remove_from_tail(State& next, std::span<const CodeId> sorted_ids) {
    std::shared_ptr<PositionSet> dead;
    for (std::size_t i = 0; i < next.tail_count; ++i) {
        if (!std::binary_search(sorted_ids.begin(), sorted_ids.end(), next.tail->ids[i])) {
            continue;
        }
        if (dead == nullptr) {
            dead = next.tail_dead == nullptr
                       ? std::make_shared<PositionSet>(next.tail->codes.size())
                       : std::make_shared<PositionSet>(*next.tail_dead);
        }
        dead->insert(i);
    }
    if (dead != nullptr) {
        next.tail_dead = std::move(dead);
    }
}

void LiveIndex::remove_from_part(Part& part, std::span<const CodeId> sorted_ids) {
    const std::span<const CodeId> known = part.segment->ids();
    std::shared_ptr<PositionSet> dead;
    auto at = known.begin();
    for (const CodeId id : sorted_ids) {
        for (at = std::lower_bound(at, known.end(), id); at != known.end() && *at == id; ++at) {
            if (dead == nullptr) {
                dead = part.dead == nullptr ? std::make_shared<PositionSet>(known.size())
                                            : std::make_shared<PositionSet>(*part.dead);
            }
            dead->insert(static_cast<std::size_t>(at - known.begin()));
        }
    }
    if (dead != nullptr) {
        part.dead = std::move(dead);
    }
}

void LiveIndex::tidy(State& next) {
    std::erase_if(next.parts, [](const Part& part) { return part.live() == 0; });
    for (Part& part : next.parts) {
        if (part.live() * 2 >= part.segment->size()) {
            continue;
        }
        Entries entries;
        entries.reserve(part.live());
        entries.append_live({part.segment->codes(), part.segment->ids(), part.dead.get()});
        part = {std::make_shared<const Segment>(std::move(entries.codes), std::move(entries.ids)),
                nullptr};
    }
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
    const std::shared_ptr<const State> state = snapshot();
    if (queries.empty() || state->live == 0) {
        return std::vector<Hit>{};
    }
    const std::size_t workers = workers_for(queries.size());
    std::vector<std::vector<Hit>> hits(workers);
    std::vector<std::exception_ptr> failures(workers);
    const auto work = [&](std::size_t worker) {
        try {
            const QueryRange range{queries, queries.size() * worker / workers,
                                   queries.size() * (worker + 1) / workers};
            Searcher searcher(radius, hamming_kernels());
            for (const Part& part : state->parts) {
                searcher.search(*part.segment, part.dead.get(), range);
            }
            searcher.scan(state->tail_block(), range);
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

std::size_t LiveIndex::size() const { return snapshot()->live; }

std::size_t LiveIndex::memory_bytes() const {
    const std::shared_ptr<const State> state = snapshot();
    std::size_t bytes = sizeof(*this) + sizeof(State);
    if (state->tail != nullptr) {
        bytes += options_.tail_codes * (sizeof(Hash256) + sizeof(CodeId));
    }
    if (state->tail_dead != nullptr) {
        bytes += state->tail_dead->memory_bytes();
    }
    for (const Part& part : state->parts) {
        bytes += part.segment->memory_bytes();
        bytes += part.dead == nullptr ? 0 : part.dead->memory_bytes();
    }
    return bytes;
}

LiveShape LiveIndex::shape() const {
    const std::shared_ptr<const State> state = snapshot();
    LiveShape shape;
    shape.generation = state->generation;
    shape.segments = state->parts.size();
    shape.tail = state->tail_count;
    shape.codes = state->live;
    shape.tombstones = state->tail_dead == nullptr ? 0 : state->tail_dead->size();
    for (const Part& part : state->parts) {
        shape.tombstones += part.segment->size() - part.live();
    }
    return shape;
}

std::unique_ptr<HashIndex> make_live_index(int threads) {
    LiveOptions options;
    options.threads = threads;
    return std::make_unique<LiveIndex>(options);
}

}  // namespace refrain::index
