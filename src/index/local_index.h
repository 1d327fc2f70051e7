#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "refrain/hash256.h"
#include "refrain/result.h"

#include "index/hash_index.h"
#include "index/local_signatures.h"

namespace refrain::index {

/// Names one known picture or kept video frame, >= 0. The caller chooses the numbers. What several
/// calls add under one number is removed together.
using PictureKey = std::int64_t;

/// Codes of a picture beyond this many are refused.
inline constexpr std::size_t kMaxLocalPoints = 4096;

/// A stored local code near a query.
struct LocalHit {
    std::uint32_t query = 0;     ///< index into the batch
    std::uint16_t point = 0;     ///< place of the code in the `add` of its picture
    std::uint16_t distance = 0;  ///< 0..256
    PictureKey picture = 0;

    friend bool operator==(const LocalHit&, const LocalHit&) = default;
};

/// Compares signatures first, and only the codes of the nearest ones. It reads an eighth of what
/// whole codes take, and tells codes of one list apart as well as these; see local_signatures.h.
struct SignatureStage {
    int max_distance = kSignatureBits;  ///< of signatures, 0..kSignatureBits
    int max_hits_per_query = 64;        ///< the nearest ones, by signature, picture and point, >= 1
    /// The codes of pictures with fewer of these hits, in the whole batch, are not looked at.
    std::size_t hits_of_picture = 1;
    /// And of the others only the codes of so many pictures: of those with most hits, each counted
    /// by how much nearer it is than `max_distance` + 1; of equal ones the first. 0: of all.
    std::size_t most_pictures = 0;
    /// Of the bits that make a cell so many may differ, 0..kCellBits: with few, only the cells
    /// nearest to that of a query are looked at.
    int max_cell_distance = kCellBits;
};

struct LocalSearchOptions {
    int max_distance = 64;        ///< bits, 0..256
    int max_hits_per_query = 64;  ///< the nearest ones, >= 1
    /// How many lists are looked through for each query: those of its nearest words. 0 chooses by
    /// the number of known codes: the more there are, the fewer lists. With as many lists as there
    /// are words, or more, every code is compared.
    int lists = 0;
    std::optional<SignatureStage> first_by_signature;  ///< nothing: all codes of the lists
};

struct LocalAnswer {
    /// Ordered by query, distance, picture and point.
    std::vector<LocalHit> hits;
    /// For each query, how many codes in its lists lie within `max_distance`, including those that
    /// `max_hits_per_query` left out. It is large for a code that many pictures share. Empty where
    /// signatures are compared first.
    std::vector<std::uint32_t> found;
};

struct LocalPicture {
    PictureKey picture = 0;
    std::vector<Hash256> codes;
};

/// Search for the 256-bit codes of `local`. Codes of the same corner may differ in up to some 64
/// bits.
///
/// The answers depend neither on the order of additions nor on how the codes lie in memory.
///
/// Thread safety: safe to share. Searches run beside each other and beside changes. A search sees
/// all of a change that is made meanwhile, or nothing of it.
class LocalIndex {
  public:
    LocalIndex() = default;
    LocalIndex(const LocalIndex&) = delete;
    LocalIndex& operator=(const LocalIndex&) = delete;
    virtual ~LocalIndex() = default;

    /// Adds a picture with 0..kMaxLocalPoints codes; without any it leaves no trace.
    /// @error kInvalidArgument, kInternal (out of memory; the index is as before)
    [[nodiscard]] virtual Result<void> add(PictureKey picture, std::span<const Hash256> codes) = 0;

    /// The same for many pictures at once: either all are added, or none is.
    [[nodiscard]] virtual Result<void> add_bulk(std::span<const LocalPicture> pictures) = 0;

    /// Drops the pictures from `first` to `last`, both included.
    /// @return how many codes went  @error kInternal
    [[nodiscard]] virtual Result<std::size_t> remove_between(PictureKey first, PictureKey last) = 0;

    /// The stored codes near each query. @error kInvalidArgument, kInternal (out of memory)
    [[nodiscard]] virtual Result<LocalAnswer> search(std::span<const Hash256> queries,
                                                     const LocalSearchOptions& options) const = 0;

    [[nodiscard]] virtual std::size_t codes() const = 0;
    /// Counts a picture as often as it was added.
    [[nodiscard]] virtual std::size_t pictures() const = 0;
    [[nodiscard]] virtual std::size_t memory_bytes() const = 0;  ///< approximate
    [[nodiscard]] virtual IndexShape shape() const = 0;          ///< in codes
};

/// Inverted lists: each code lies in the list of the nearest of 4096 trained words; see
/// LiveLocalIndex. Approximate: a stored code is found only if its word is among the `lists` words
/// that are nearest to the query.
///
/// Cost of a query: 4096 comparisons, and one for each code in its lists. Memory: some 45 bytes a
/// code, 13 of which signatures take with all that finds them.
/// @param threads  of one search or bulk addition, >= 1
[[nodiscard]] std::unique_ptr<LocalIndex> make_local_index(int threads);

/// A plain loop over all codes, whatever `lists` says, against which tests hold the other.
[[nodiscard]] std::unique_ptr<LocalIndex> make_plain_local_index();

}  // namespace refrain::index
