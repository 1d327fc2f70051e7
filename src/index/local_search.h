#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/best_hits.h"
#include "index/local_index.h"
#include "index/local_kernels.h"
#include "index/local_segment.h"

namespace refrain::index {

/// How many lists are looked through for each query if the caller does not choose: the more codes
/// are known, the fewer. kLocalWords where there are so few codes that all are compared.
[[nodiscard]] std::size_t usual_lists(std::size_t known_codes);

/// One batch of queries on its way through the segments. Each list is read once for all queries
/// that want it.
///
/// Memory: up to 64 + 32 x `max_hits_per_query` + 6 x `lists` bytes a query.
/// Thread safety: one thread at a time.
class LocalSearcher {
  public:
    /// @param lists  1..; kLocalWords or more: every code
    LocalSearcher(std::span<const Hash256> queries,
                  const LocalSearchOptions& options,
                  std::size_t lists,
                  const LocalKernels& kernels);

    void search(const LocalPart& part);

    /// Appends what was found. @param first_query  what query 0 is called
    void take(std::uint32_t first_query, LocalAnswer& out);

  private:
    void scan(const LocalPart& part,
              std::uint32_t begin,
              std::uint32_t end,
              std::span<const std::uint32_t> queries);
    void settle(const LocalPart& part);

    std::uint64_t radius_;
    const LocalKernels& kernels_;
    bool looks_at_all_;
    std::vector<Wanted> wanted_;
    std::vector<BestHits> best_;
    std::vector<std::uint32_t> starts_;   ///< of each word in `members_`, and the end
    std::vector<std::uint32_t> members_;  ///< queries, by word
    std::vector<Candidate> candidates_;
};

}  // namespace refrain::index
