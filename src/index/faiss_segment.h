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
#include "index/faiss_recipe.h"
#include "index/index_state.h"

namespace refrain::index {

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
