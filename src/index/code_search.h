#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/code_block.h"
#include "index/hamming_kernels.h"
#include "index/hash_index.h"
#include "index/position_set.h"
#include "index/table_segment.h"

namespace refrain::index {

/// Part of a batch of queries.
struct QueryRange {
    std::span<const Hash256> batch;
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// One thread's search through codes, with what it needs to remember on the way.
///
/// Thread safety: one thread at a time.
class Searcher {
  public:
    /// @param radius  0..256
    /// @param kernels  outlive the searcher
    Searcher(int radius, const HammingKernels& kernels);

    /// Looks at every code. Cost: codes x queries.
    void scan(const CodeBlock& block, const QueryRange& queries);

    /// The same result as `scan`, by the segment's tables where that costs less.
    ///
    /// Cost a query: never more than `scan`. With evenly spread codes it compares one 16-bit filter
    /// for every third code of 2^15, and for one in 500 of 2^24; of those 2^24 codes it reads one
    /// in 50,000 in full.
    void search(const TableSegment& segment, const PositionSet* dead, const QueryRange& queries);

    /// Takes over what was found elsewhere.
    void add_hit(const Hit& hit) { hits_.push_back(hit); }

    [[nodiscard]] int radius() const { return radius_; }

    /// Gives out what was found so far, ordered by query, id and distance, and forgets it.
    [[nodiscard]] std::vector<Hit> take_hits();

  private:
    void scan_for(const CodeBlock& block,
                  std::span<const Hash256> batch,
                  std::span<const std::uint32_t> queries);
    /// @return how many filters the probes hold
    std::size_t plan(const TableSegment& segment, const Hash256& query);
    void follow_plan(const TableSegment& segment, const Hash256& query);
    /// Gathers `positions_`, nearly all once.
    void drop_repeats(const TableSegment& segment);
    void keep(const CodeBlock& block, std::uint32_t query);

    int radius_;
    const HammingKernels* kernels_;
    std::vector<Hit> hits_;

    std::array<LaneLimits, TableSegment::kLanes> limits_{};
    std::vector<FilterRun> runs_;
    std::vector<std::uint32_t> entries_;    ///< that passed the filter
    std::vector<std::uint32_t> positions_;  ///< of these
    std::vector<Near> near_;
    std::vector<std::uint32_t> lately_;  ///< positions met last, by their low bits
};

}  // namespace refrain::index
