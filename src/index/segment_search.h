#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/hamming_kernels.h"
#include "index/hash_index.h"
#include "index/segment.h"

namespace refrain::index {

/// Marks positions.
///
/// Thread safety: one thread at a time; const calls may run beside each other.
class PositionSet {
  public:
    explicit PositionSet(std::size_t positions) : words_((positions + 63) / 64) {}

    [[nodiscard]] bool contains(std::size_t position) const {
        return (words_[position / 64] >> (position % 64) & 1U) != 0;
    }
    /// @return false: it was there already
    bool insert(std::size_t position) {
        const std::uint64_t bit = std::uint64_t{1} << (position % 64);
        const bool is_new = (words_[position / 64] & bit) == 0;
        words_[position / 64] |= bit;
        size_ += is_new ? 1U : 0U;
        return is_new;
    }
    void erase(std::size_t position) {
        const std::uint64_t bit = std::uint64_t{1} << (position % 64);
        size_ -= (words_[position / 64] & bit) != 0 ? 1U : 0U;
        words_[position / 64] &= ~bit;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const { return words_.capacity() * 8; }

  private:
    std::vector<std::uint64_t> words_;
    std::size_t size_ = 0;
};

/// Codes to search one after the other, and which of them are gone.
struct CodeBlock {
    std::span<const Hash256> codes;
    std::span<const CodeId> ids;
    const PositionSet* dead = nullptr;  ///< null: none
};

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
    Searcher(int radius, const HammingKernels& kernels) : radius_(radius), kernels_(&kernels) {}

    /// Looks at every code. Cost: codes x queries.
    void scan(const CodeBlock& block, const QueryRange& queries);

    /// As `scan`, through the tables where they are cheaper. Cost a query: at worst as `scan`; with
    /// evenly spread codes 272/65536 of them, and 1/500 of those touched.
    void search(const Segment& segment, const PositionSet* dead, const QueryRange& queries);

    /// What was found so far, by query, id and distance; leaves nothing behind.
    [[nodiscard]] std::vector<Hit> take_hits();

  private:
    struct PlannedProbe {
        FilterRun run;
        std::uint16_t filter = 0;
        int max_bits = 0;
    };

    void scan_for(const CodeBlock& block,
                  std::span<const Hash256> batch,
                  std::span<const std::uint32_t> queries);
    /// @return how many filters the probes hold
    std::size_t plan(const Segment& segment, const Hash256& query);
    void plan_probe(const Segment& segment, int lane, Segment::Probe probe, int key_distance);
    void follow_plan(const Segment& segment, const Hash256& query);
    /// Gathers `positions_`, each once.
    void drop_repeats(const Segment& segment);
    void keep(const CodeBlock& block, std::uint32_t query);

    int radius_;
    const HammingKernels* kernels_;
    std::vector<Hit> hits_;

    std::vector<PlannedProbe> probes_;
    std::vector<std::uint32_t> entries_;    ///< that passed the filter
    std::vector<std::uint32_t> positions_;  ///< of these, each once
    std::vector<Near> near_;
    std::unique_ptr<PositionSet> seen_;  ///< empty between queries; of the segment at hand, or null
};

}  // namespace refrain::index
