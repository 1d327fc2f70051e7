#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <faiss/IndexBinary.h>

#include "index/code_block.h"
#include "index/code_search.h"
#include "index/index_state.h"

namespace refrain::index {

/// How a FAISS index of binary codes is made.
///
/// Thread safety: a value; const calls may run beside each other.
class FaissRecipe {
  public:
    /// Our own exact scan, InterleavedFlat.
    [[nodiscard]] static FaissRecipe interleaved();
    /// What `faiss::index_binary_factory` makes of a description, such as "BFlat", "BIVF1024" or
    /// "BHash16x16", with ",nprobe=N" (lists looked through) or ",nflip=N" (bits of a key that may
    /// differ) behind it where the index has these.
    ///
    /// @error kInvalidArgument  FAISS does not know it, or it cannot search a range of distances
    [[nodiscard]] static Result<FaissRecipe> parse(std::string_view description);

    /// Whether every code within `radius` of a query is found.
    [[nodiscard]] bool is_exact(int radius) const { return radius <= exact_radius_; }
    /// Fewer codes are scanned without an index: too few to train it with.
    [[nodiscard]] std::size_t least_codes() const { return least_codes_; }
    /// Whether the index gives codes back, so that they need not be kept beside it.
    [[nodiscard]] bool keeps_codes() const { return keeps_codes_; }

    /// An empty index. Throws what FAISS throws.
    [[nodiscard]] std::unique_ptr<faiss::IndexBinary> make() const;

  private:
    FaissRecipe() = default;
    /// @return why not; empty: it can be used
    [[nodiscard]] std::string learn();

    std::string description_;  ///< empty: interleaved
    int nprobe_ = 0;           ///< 0: FAISS's own choice
    int nflip_ = 0;
    int exact_radius_ = -1;
    std::size_t least_codes_ = 1;
    bool keeps_codes_ = false;
};

/// Codes that no longer change in an index of FAISS's kind, which knows them by their place.
///
/// Bytes a code: 8 for the id, what the index takes and, unless that gives codes back, 32.
/// Thread safety: immutable.
class FaissSegment {
  public:
    static constexpr std::size_t kMaxCodes = std::size_t{1} << 24;
    static constexpr std::size_t kMaxKeys = kMaxCodes;

    /// @param loose  1..kMaxCodes codes, in any order
    /// @param threads  of FAISS while it builds
    /// Throws what FAISS throws. Cost: training, where the index needs it.
    FaissSegment(LooseCodes loose, const FaissRecipe& recipe, int threads);

    [[nodiscard]] std::span<const CodeId> keys() const { return loose_.ids; }
    [[nodiscard]] std::size_t code_count() const { return loose_.ids.size(); }
    [[nodiscard]] static std::size_t codes_of(std::size_t /*place*/) { return 1; }
    [[nodiscard]] std::size_t memory_bytes() const { return bytes_; }  ///< approximate
    void append_live(const PositionSet* dead, LooseCodes& out) const;

    /// Adds the hits of queries. Throws what FAISS throws.
    void search(const PositionSet* dead, const QueryRange& queries, Searcher& searcher) const;

  private:
    std::unique_ptr<faiss::IndexBinary> index_;  ///< null: the codes are scanned
    LooseCodes loose_;                           ///< without codes where the index gives them back
    std::size_t bytes_ = 0;
};

using FaissPart = Part<FaissSegment>;

/// Segments that FAISS searches.
class FaissKind {
  public:
    using Segment = FaissSegment;
    static constexpr bool kSharesWork = true;

    /// @param threads  of one search and of one building, >= 1
    FaissKind(FaissRecipe recipe, int threads) : recipe_(std::move(recipe)), threads_(threads) {}

    [[nodiscard]] std::shared_ptr<const FaissSegment> make(LooseCodes loose,
                                                           int threads,
                                                           const std::stop_token& stop) const;
    [[nodiscard]] std::shared_ptr<const FaissSegment> merge(std::span<const FaissPart> parts,
                                                            const std::stop_token& stop) const;
    void search(const FaissPart& part, const QueryRange& queries, Searcher& searcher) const;

  private:
    FaissRecipe recipe_;
    int threads_;
};

}  // namespace refrain::index
