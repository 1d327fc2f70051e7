#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/log.h"

#include "store/catalogue_interface.h"

namespace refrain::corpus {

/// The items whose rows or records cannot be believed, as far as they were met. Look-ups do without
/// them; answers say how many they are.
///
/// Memory: the keys of all, the details of at most VerifyReport::kMaxListed.
/// Thread safety: safe to share.
class DamageLedger {
  public:
    /// @param log  hears of each item once, but of no more than a hundred
    explicit DamageLedger(LogSink* log) : log_(log) {}

    void note(const store::DamagedRow& row);
    /// The item was removed.
    void forget(std::int64_t key);

    [[nodiscard]] std::size_t count() const;
    /// By key.
    [[nodiscard]] std::vector<Damage> listed() const;

  private:
    LogSink* log_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::set<std::int64_t> keys_;
    std::map<std::int64_t, Damage> details_;
};

/// How a user gets rid of the damage of an item, in one line.
[[nodiscard]] std::string remedy_for(const Damage& damage);

[[nodiscard]] Damage damage_of(const store::DamagedRow& row);

/// What is wrong with a record beside its row; empty: nothing.
[[nodiscard]] std::string problem_of(const store::StoredItem& row,
                                     std::span<const std::byte> record);

}  // namespace refrain::corpus
