#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "refrain/hash256.h"

namespace refrain::service::hma {

/// Exact PDQ codes by number, and all of them within HMA's distance of another. A code within 31
/// bits has one of its sixteen pieces of 16 bits within one bit; so only those are compared.
///
/// Thread safety: one thread at a time may change it; looking up is safe to share meanwhile not.
class PdqTable {
  public:
    static constexpr int kMaxDistance = 31;

    void add(std::int64_t number, const Hash256& code);
    void remove(std::int64_t number);

    /// Numbers and distances, by number. Cost: 272 buckets.
    [[nodiscard]] std::vector<std::pair<std::int64_t, int>> near(const Hash256& code) const;
    /// The same by a plain loop: what `near` is tested against.
    [[nodiscard]] std::vector<std::pair<std::int64_t, int>> near_plain(const Hash256& code) const;

    [[nodiscard]] std::size_t size() const { return entries_.size() - free_.size(); }
    /// Codes that there is room for; a place that is given up is used again.
    [[nodiscard]] std::size_t capacity() const { return entries_.size(); }

  private:
    static constexpr std::size_t kPieces = 16;
    static constexpr std::size_t kBuckets = 1U << 16;
    struct Entry {
        std::int64_t number = 0;
        Hash256 code;
        bool is_live = true;
    };

    [[nodiscard]] static std::uint32_t piece(const Hash256& code, std::size_t index);

    std::vector<Entry> entries_;
    std::vector<std::vector<std::uint32_t>> buckets_;  ///< kPieces x kBuckets, once there is a code
    std::vector<std::uint32_t> free_;                  ///< places in `entries_` that hold no code
};

}  // namespace refrain::service::hma
