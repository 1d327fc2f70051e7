#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "refrain/hash256.h"

#include "index/hash_index.h"

namespace refrain::index {

/// Codes that no longer change, with tables to find those within kTableRadius of a query.
///
/// A code is cut into 16 lanes of 16 bits, as a ring. Codes within radius r of each other have a
/// lane that differs in at most r/16 bits and, with the lane after it, in at most r/8: start after
/// the lane at which the running sum of (difference - r/16) is greatest. Table i knows the codes by
/// the first `key_bits` bits of lane i; beside each stand the 16 bits that follow, as a filter, so
/// that few codes have to be touched.
///
/// Bytes per code: 32 code, 8 id, 16 x (2 filter + 3 position) tables, and 2 to 8 for the buckets.
/// Thread safety: immutable.
class Segment {
  public:
    static constexpr int kLanes = 16;
    static constexpr int kTableRadius = 31;
    static constexpr std::size_t kMaxCodes = std::size_t{1} << 24;  ///< positions take 3 bytes

    /// The entries of one bucket, numbered through all tables.
    struct Bucket {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };
    /// What table `lane` looks for.
    struct Probe {
        std::uint32_t key = 0;
        std::uint16_t filter = 0;
    };

    /// @param codes, ids  of equal length, 1..kMaxCodes, in any order
    Segment(std::vector<Hash256> codes, std::vector<CodeId> ids);

    [[nodiscard]] std::span<const Hash256> codes() const { return codes_; }
    [[nodiscard]] std::span<const CodeId> ids() const { return ids_; }  ///< never descending
    [[nodiscard]] std::size_t size() const { return codes_.size(); }
    [[nodiscard]] std::size_t memory_bytes() const;

    [[nodiscard]] int key_bits() const { return key_bits_; }
    [[nodiscard]] Probe probe(const Hash256& query, int lane) const;
    [[nodiscard]] Bucket bucket(int lane, std::uint32_t key) const {
        const std::size_t slot = static_cast<std::size_t>(lane) * slots_ + key;
        return {buckets_[slot], buckets_[slot + 1] - buckets_[slot]};
    }
    [[nodiscard]] const std::uint16_t* filter(std::uint32_t entry) const {
        return filters_.data() + entry;
    }
    [[nodiscard]] const std::uint8_t* position_bytes(std::uint32_t entry) const {
        return positions_.data() + std::size_t{3} * entry;
    }
    [[nodiscard]] std::uint32_t position(std::uint32_t entry) const {
        const std::uint8_t* bytes = position_bytes(entry);
        return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
               static_cast<std::uint32_t>(bytes[2]) << 16;
    }

  private:
    void sort_by_id();
    void fill_table(int lane, std::vector<std::uint32_t>& lanes);

    std::vector<Hash256> codes_;
    std::vector<CodeId> ids_;
    int key_bits_ = 0;
    std::size_t slots_ = 0;               ///< buckets of one table
    std::vector<std::uint32_t> buckets_;  ///< first entry of each, and the end
    std::vector<std::uint16_t> filters_;
    std::vector<std::uint8_t> positions_;
};

}  // namespace refrain::index
