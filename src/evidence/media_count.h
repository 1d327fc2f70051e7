#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "evidence/item_source.h"

namespace refrain::evidence {

/// Counts how many different media some items hold. What several media share tells little of each;
/// one medium that is known in several banks is no news beside itself.
///
/// Items are read one by one, and only where there are two or more to tell apart. The first
/// kMostRead are read; each further one counts as a medium of its own.
///
/// Thread safety: one thread at a time.
class MediaCount {
  public:
    static constexpr std::size_t kMostRead = 64;

    explicit MediaCount(ItemSource& items) : items_(items) {}

    /// @param keys  of items; one that is no longer there counts as a medium of its own
    /// @return      0 for none, at most as many as there are keys
    /// @error kUnreadable
    [[nodiscard]] Result<std::size_t> of(const std::set<std::int64_t>& keys);

  private:
    ItemSource& items_;
    std::map<std::int64_t, Sha256> read_;
};

}  // namespace refrain::evidence
