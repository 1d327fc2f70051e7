#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "refrain/result.h"

#include "index/hash_index.h"

namespace faiss {
struct IndexBinary;
}  // namespace faiss

namespace refrain::index {

/// How a FAISS index of binary codes is made.
///
/// Thread safety: a value; const calls may run beside each other.
class FaissRecipe {
  public:
    /// Our own exact scan, InterleavedFlat.
    ///
    /// @error kInternal  the module with FAISS cannot be loaded
    [[nodiscard]] static Result<FaissRecipe> interleaved();
    /// What `faiss::index_binary_factory` makes of a description, such as "BFlat", "BIVF1024" or
    /// "BHash16x16", with ",nprobe=N" (lists looked through) or ",nflip=N" (bits of a key that may
    /// differ) behind it where the index has these.
    ///
    /// @error kInvalidArgument  FAISS does not know it, or it cannot search a range of distances
    /// @error kInternal         the module with FAISS cannot be loaded
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

/// An empty index whose segments FAISS searches, and which merges in the background.
/// @param threads  of one search, >= 1
[[nodiscard]] std::unique_ptr<HashIndex> make_faiss_segments(const FaissRecipe& recipe,
                                                             int threads);

}  // namespace refrain::index
