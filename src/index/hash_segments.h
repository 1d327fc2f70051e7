#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "index/code_search.h"
#include "index/fork_join.h"
#include "index/hamming_kernels.h"
#include "index/hash_index.h"
#include "index/segmented_index.h"

namespace refrain::index {

/// All codes of these parts that are not removed.
template <typename Segment>
[[nodiscard]] LooseCodes live_codes_of(std::span<const Part<Segment>> parts) {
    std::size_t total = 0;
    for (const Part<Segment>& part : parts) {
        total += part.live_codes();
    }
    LooseCodes loose;
    loose.reserve(total);
    for (const Part<Segment>& part : parts) {
        part.segment->append_live(part.dead.get(), loose);
    }
    return loose;
}

/// A kind of segment that holds whole-frame codes and can be searched.
///
/// - `search(part, queries, searcher)`: adds the hits of the queries; may throw
/// - `kSharesWork`: it spreads a batch over OpenMP's threads by itself
/// - `append_live(dead, codes)` of its segments: gives out the codes that are not dead
template <typename K>
concept SearchableKind = SegmentKind<K> && requires(const K& kind,
                                                    const Part<typename K::Segment>& part,
                                                    const QueryRange& queries,
                                                    Searcher& searcher,
                                                    LooseCodes& codes) {
    kind.search(part, queries, searcher);
    { K::kSharesWork } -> std::convertible_to<bool>;
    part.segment->append_live(part.dead.get(), codes);
};

/// A segmented index of whole-frame codes.
///
/// Thread safety: safe to share; writers take turns.
template <typename Kind>
class HashSegments : public HashIndex {
    static_assert(SearchableKind<Kind>);

  public:
    using Segment = typename Kind::Segment;

    HashSegments(const SegmentedOptions& options, Kind kind, std::vector<Part<Segment>> parts);

    [[nodiscard]] Result<void> add(std::span<const Hash256> codes,
                                   std::span<const CodeId> ids) final;
    [[nodiscard]] Result<void> add_bulk(std::vector<Hash256> codes, std::vector<CodeId> ids) final;
    [[nodiscard]] Result<std::size_t> remove(std::span<const CodeId> ids) final;
    [[nodiscard]] Result<std::size_t> remove_between(CodeId first, CodeId last) final;
    [[nodiscard]] Result<std::vector<Hit>> range_search(std::span<const Hash256> queries,
                                                        int radius) const final;
    [[nodiscard]] std::size_t size() const final;
    [[nodiscard]] std::size_t memory_bytes() const final;
    [[nodiscard]] IndexShape shape() const final;

    /// Waits until no merge is due. @error kInternal  memory was short
    [[nodiscard]] Result<void> finish_merges() final;

    /// What a reader would see now; never changes.
    [[nodiscard]] std::shared_ptr<const IndexState<Segment>> state() const;

  private:
    // A thread costs as much to start as some ten look-ups.
    static constexpr std::size_t kLeastQueriesPerThread = 16;

    static Error lengths_differ() {
        return {ErrorCode::kInvalidArgument, "codes and ids differ in number"};
    }
    [[nodiscard]] std::vector<Hit> search_in_threads(const IndexState<Segment>& now,
                                                     std::span<const Hash256> queries,
                                                     int radius) const;

    SegmentedIndex<Kind> segments_;
};

template <typename Kind>
HashSegments<Kind>::HashSegments(const SegmentedOptions& options,
                                 Kind kind,
                                 std::vector<Part<Segment>> parts)
    : segments_(options, std::move(kind), std::move(parts)) {}

template <typename Kind>
Result<void> HashSegments<Kind>::add(std::span<const Hash256> codes, std::span<const CodeId> ids) {
    if (codes.size() != ids.size()) {
        return lengths_differ();
    }
    return codes.empty() ? Result<void>() : segments_.add(codes, ids);
}

template <typename Kind>
Result<void> HashSegments<Kind>::add_bulk(std::vector<Hash256> codes, std::vector<CodeId> ids) {
    if (codes.size() != ids.size()) {
        return lengths_differ();
    }
    return codes.empty() ? Result<void>() : segments_.add_bulk({std::move(codes), std::move(ids)});
}

template <typename Kind>
Result<std::size_t> HashSegments<Kind>::remove(std::span<const CodeId> ids) {
    try {
        return segments_.remove(ranges_of({ids.begin(), ids.end()}));
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::kInternal, "out of memory while removing codes"};
    }
}

template <typename Kind>
Result<std::size_t> HashSegments<Kind>::remove_between(CodeId first, CodeId last) {
    const KeyRange range{first, last};
    return segments_.remove(std::span(&range, 1));
}

template <typename Kind>
Result<std::vector<Hit>> HashSegments<Kind>::range_search(std::span<const Hash256> queries,
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
        return search_in_threads(*segments_.state(), queries, radius);
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::kInternal, "out of memory while searching"};
    } catch (const std::exception& thrown) {  // FAISS's
        return Error{ErrorCode::kInternal, std::string("searching codes: ") + thrown.what()};
    }
}

template <typename Kind>
std::vector<Hit> HashSegments<Kind>::search_in_threads(const IndexState<Segment>& now,
                                                       std::span<const Hash256> queries,
                                                       int radius) const {
    const std::size_t workers =
        Kind::kSharesWork
            ? 1
            : workers_for(queries.size(), kLeastQueriesPerThread, segments_.options().threads);
    std::vector<std::vector<Hit>> hits(workers);
    fork_join(workers, [&](std::size_t worker) {
        const QueryRange range{queries, queries.size() * worker / workers,
                               queries.size() * (worker + 1) / workers};
        Searcher searcher(radius, hamming_kernels());
        for (const Part<Segment>& part : now.parts) {
            segments_.kind().search(part, range, searcher);
        }
        searcher.scan(now.tail_block(), range);
        hits[worker] = searcher.take_hits();
    });
    for (std::size_t worker = 1; worker < workers; ++worker) {
        hits[0].insert(hits[0].end(), hits[worker].begin(), hits[worker].end());
    }
    return std::move(hits[0]);
}

template <typename Kind>
std::size_t HashSegments<Kind>::size() const {
    return segments_.state()->live_codes();
}

template <typename Kind>
std::size_t HashSegments<Kind>::memory_bytes() const {
    return segments_.memory_bytes();
}

template <typename Kind>
IndexShape HashSegments<Kind>::shape() const {
    return segments_.shape();
}

template <typename Kind>
Result<void> HashSegments<Kind>::finish_merges() {
    return segments_.finish_merges();
}

template <typename Kind>
std::shared_ptr<const IndexState<typename Kind::Segment>> HashSegments<Kind>::state() const {
    return segments_.state();
}

}  // namespace refrain::index
