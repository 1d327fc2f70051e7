#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <faiss/IndexBinary.h>

#include "index/flat_kernels.h"

namespace refrain::index {

/// An exact scan over 256-bit codes as a FAISS index. It can stand wherever FAISS's users and
/// wrappers (IndexBinaryIDMap) take a `faiss::IndexBinaryFlat`, and gives the same answers. Codes
/// lie interleaved in two halves, as `flat_kernels` wants them.
///
/// Two things differ from FAISS's own: hits at equal distance are ordered by label, and a single
/// query is shared among OpenMP's threads as well as many are. Errors are exceptions, as in FAISS:
/// faiss::FaissException for wrong arguments, and std::bad_alloc, after which the index is as
/// before.
///
/// Cost of a search: codes x queries. Bytes a code: 32.
/// Thread safety: const calls may run beside each other.
class InterleavedFlat final : public faiss::IndexBinary {
  public:
    /// faiss::idx_t moved out of faiss::Index after 1.7.3; this name is right for both.
    using Label = decltype(faiss::IndexBinary::ntotal);

    static constexpr std::size_t kMaxCodes = ~std::uint32_t{0};

    /// @param dimension  256; anything else throws
    explicit InterleavedFlat(Label dimension = Hash256::kBits);

    void add(Label n, const std::uint8_t* x) override;
    void reset() override;
    /// Appends `radius`-near codes of each query: distance < radius, FAISS's convention.
    /// @param params  must be null
    void range_search(Label n,
                      const std::uint8_t* x,
                      int radius,
                      faiss::RangeSearchResult* result,
                      const faiss::SearchParameters* params = nullptr) const override;
    /// The k nearest; where there are fewer, label -1 and the largest distance.
    /// @param params  must be null
    void search(Label n,
                const std::uint8_t* x,
                Label k,
                std::int32_t* distances,
                Label* labels,
                const faiss::SearchParameters* params = nullptr) const override;
    void reconstruct(Label key, std::uint8_t* recons) const override;
    /// Closes the gaps in order. @return how many went
    std::size_t remove_ids(const faiss::IDSelector& selector) override;

    [[nodiscard]] std::size_t memory_bytes() const;

  private:
    [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(ntotal); }
    [[nodiscard]] Hash256 code_at(std::size_t position) const;
    void set_code(std::size_t position, const Hash256& code);
    [[nodiscard]] FlatTile tile(std::size_t first, std::size_t codes) const;

    std::vector<HalfBlock> front_;
    std::vector<HalfBlock> back_;
};

}  // namespace refrain::index
