#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "refrain/hash256.h"
#include "refrain/result.h"

namespace refrain::index {

/// Names a stored code. The caller chooses the numbers. Several codes may have the same number;
/// they are removed together.
using CodeId = std::int64_t;

/// A stored code within the radius of a query.
struct Hit {
    std::uint32_t query = 0;  ///< index into the batch
    CodeId id = 0;
    std::uint16_t distance = 0;  ///< 0..256

    friend bool operator==(const Hit&, const Hit&) = default;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads the defaulted comparison.
    friend auto operator<=>(const Hit&, const Hit&) = default;
};

/// What an index consists of at one moment.
struct IndexShape {
    std::uint64_t generation = 0;  ///< changes so far
    std::size_t segments = 0;
    std::size_t tail = 0;        ///< codes in no segment yet, removed ones included
    std::size_t tombstones = 0;  ///< removed codes that still take space
    std::size_t codes = 0;
    std::uint64_t failed_merges = 0;  ///< for want of memory
};

/// Hamming search over 256-bit codes.
///
/// Thread safety: safe to share. Searches run beside each other and beside changes. A search sees
/// all of a change that is made meanwhile, or nothing of it.
class HashIndex {
  public:
    HashIndex() = default;
    HashIndex(const HashIndex&) = delete;
    HashIndex& operator=(const HashIndex&) = delete;
    virtual ~HashIndex() = default;

    /// Adds codes; `ids` is as long as `codes`. @error kInvalidArgument (lengths differ), kInternal
    [[nodiscard]] virtual Result<void> add(std::span<const Hash256> codes,
                                           std::span<const CodeId> ids) = 0;

    /// As `add`, for many at once, e.g. all of a store; an index may keep them as they come.
    [[nodiscard]] virtual Result<void> add_bulk(std::vector<Hash256> codes,
                                                std::vector<CodeId> ids) {
        return add(codes, ids);
    }

    /// Drops every code with one of these ids. @return how many codes went
    [[nodiscard]] virtual Result<std::size_t> remove(std::span<const CodeId> ids) = 0;

    /// Drops every code with an id from `first` to `last`, both included. @return how many went
    [[nodiscard]] virtual Result<std::size_t> remove_between(CodeId first, CodeId last) = 0;

    /// Every stored code within `radius` (inclusive, 0..256) of each query, ordered by query, id
    /// and distance. @error kInvalidArgument, kInternal
    [[nodiscard]] virtual Result<std::vector<Hit>> range_search(std::span<const Hash256> queries,
                                                                int radius) const = 0;

    [[nodiscard]] virtual std::size_t size() const = 0;          ///< codes
    [[nodiscard]] virtual std::size_t memory_bytes() const = 0;  ///< approximate
    [[nodiscard]] virtual IndexShape shape() const {
        IndexShape shape;
        shape.codes = size();
        return shape;
    }
    /// Waits until nothing goes on in the background. @error kInternal  it failed
    [[nodiscard]] virtual Result<void> finish_merges() { return {}; }
};

/// An exact scan over interleaved codes: see InterleavedFlat. Cost of a search: codes x queries.
/// @param threads  of one search, >= 1
[[nodiscard]] std::unique_ptr<HashIndex> make_flat_index(int threads);

/// The same with FAISS's own exact binary index, the stock twin of the one above.
/// @param threads  of one search, >= 1
[[nodiscard]] std::unique_ptr<HashIndex> make_faiss_index(int threads);

/// The index that a corpus uses by default: it is searched while it changes, see LiveIndex.
///
/// Cost of a query up to radius 31: a look at a 16-bit filter of every third code where there are
/// few, of one in 500 where there are many. Beyond radius 31: a comparison with every code.
/// @param threads  of one search, >= 1
[[nodiscard]] std::unique_ptr<HashIndex> make_live_index(int threads);

/// A plain loop over all codes, against which tests hold the others.
[[nodiscard]] std::unique_ptr<HashIndex> make_plain_index();

/// The FAISS version in use.
[[nodiscard]] std::string faiss_version();

}  // namespace refrain::index
