#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "index/hash_segments.h"
#include "index/table_segment.h"

namespace refrain::index {

/// How a live index lays out its codes. The answers do not depend on it.
struct LiveOptions : SegmentedOptions {
    LiveOptions() {
        tail_codes = 4096;
        segment_codes = TableSegment::kMaxCodes;
    }
    std::size_t table_codes = 1 << 15;  ///< a smaller segment has no tables
};

/// Segments with tables: see TableSegment.
class TableKind {
  public:
    using Segment = TableSegment;
    static constexpr bool kSharesWork = false;

    explicit TableKind(std::size_t table_codes) : table_codes_(table_codes) {}

    [[nodiscard]] std::shared_ptr<const TableSegment> make(LooseCodes loose,
                                                           int threads,
                                                           const std::stop_token& stop) const;
    [[nodiscard]] std::shared_ptr<const TableSegment> merge(std::span<const LivePart> parts,
                                                            const std::stop_token& stop) const;
    static void search(const LivePart& part, const QueryRange& queries, Searcher& searcher) {
        searcher.search(*part.segment, part.dead.get(), queries);
    }

  private:
    std::size_t table_codes_;
};

extern template class HashSegments<TableKind>;

/// The exact index that a corpus uses: a SegmentedIndex whose segments have tables.
class LiveIndex final : public HashSegments<TableKind> {
  public:
    explicit LiveIndex(const LiveOptions& options) : LiveIndex(options, {}) {}
    /// Begins with these parts.
    LiveIndex(const LiveOptions& options, std::vector<LivePart> parts);

    [[nodiscard]] const LiveOptions& options() const { return options_; }

  private:
    LiveOptions options_;
};

/// Those of make_live_index.
[[nodiscard]] LiveOptions live_options(int threads);

}  // namespace refrain::index
