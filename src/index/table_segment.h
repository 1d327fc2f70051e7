#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/hash256.h"

#include "index/code_block.h"
#include "index/hash_index.h"
#include "index/index_state.h"

namespace refrain::index {

/// Codes that no longer change, with tables to find those within kTableRadius of a query.
///
/// A code is cut into kLanes lanes of 23 or 24 bits, as a ring. For radius r let s_i be whole
/// numbers whose sum is r + 1, one for each lane, as even as can be. Codes within r of each other
/// have a lane i that differs in fewer than s_i bits and, with the lane after it, in fewer than
/// s_i + s_(i+1): start after the lane at which the running sum of (difference - s_i) is greatest.
/// Table i knows the codes by the first `key_bits` bits of lane i; beside each stand the 16 bits
/// that follow, as a filter, so that few codes have to be touched.
///
/// Bytes per code: 32 code, 8 id, 11 x (2 filter + 3 position) tables, and up to 3 for the buckets.
/// Few codes are scanned sooner than their tables are probed, and have none.
/// Thread safety: immutable.
class TableSegment {
  public:
    static constexpr int kLanes = 11;
    static constexpr int kTableRadius = 31;
    static constexpr int kMaxKeyBits = 20;  ///< with kMaxCodes, 16 codes a bucket
    static constexpr std::size_t kMaxCodes = std::size_t{1} << 24;  ///< positions take 3 bytes
    static constexpr std::size_t kMaxKeys = kMaxCodes;
    static constexpr std::size_t kPositionBytes = 3;

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
    /// The arrays of a segment, wherever they lie. Without tables the last three are empty.
    struct Arrays {
        std::span<const Hash256> codes;
        std::span<const CodeId> ids;             ///< never descending
        std::span<const std::uint32_t> buckets;  ///< first entry of each, and the end
        std::span<const std::uint16_t> filters;  ///< kFilterPadding more than entries
        std::span<const std::uint8_t> positions;
    };

    /// @param loose  1..kMaxCodes codes, in any order
    /// @param least_for_tables  with fewer codes there are none
    /// @param threads  that build tables
    /// @param stop  ends the building early: the tables are then unfinished, and nobody may look
    TableSegment(LooseCodes loose,
                 std::size_t least_for_tables,
                 int threads = 1,
                 const std::stop_token& stop = {});

    /// Takes arrays as they are, e.g. from a mapped file, if their lengths and buckets fit each
    /// other. Positions are checked where they are used. @return null: they do not fit
    [[nodiscard]] static std::shared_ptr<const TableSegment> adopt(
        const Arrays& arrays,
        std::shared_ptr<const void> owner);

    [[nodiscard]] std::span<const Hash256> codes() const { return arrays_.codes; }
    [[nodiscard]] std::span<const CodeId> ids() const { return arrays_.ids; }
    [[nodiscard]] std::size_t size() const { return arrays_.codes.size(); }
    [[nodiscard]] std::span<const CodeId> keys() const { return arrays_.ids; }
    [[nodiscard]] std::size_t code_count() const { return arrays_.codes.size(); }
    [[nodiscard]] static std::size_t codes_of(std::size_t /*place*/) { return 1; }
    void append_live(const PositionSet* dead, LooseCodes& out) const {
        out.append_live({arrays_.codes, arrays_.ids, dead});
    }
    [[nodiscard]] const Arrays& arrays() const { return arrays_; }
    [[nodiscard]] std::size_t memory_bytes() const;  ///< mapped ones included

    [[nodiscard]] bool has_tables() const { return key_bits_ > 0; }
    [[nodiscard]] int key_bits() const { return key_bits_; }
    [[nodiscard]] Probe probe(const Hash256& query, int lane) const;
    /// The bits of a filter that belong to lane `lane`; the rest to the one after it.
    [[nodiscard]] std::uint16_t filter_in_lane(int lane) const;
    [[nodiscard]] Bucket bucket(int lane, std::uint32_t key) const {
        const std::size_t slot = static_cast<std::size_t>(lane) * slots_ + key;
        return {arrays_.buckets[slot], arrays_.buckets[slot + 1] - arrays_.buckets[slot]};
    }
    /// Where `bucket` will look.
    [[nodiscard]] const std::uint32_t* bucket_address(int lane, std::uint32_t key) const {
        return arrays_.buckets.data() + static_cast<std::size_t>(lane) * slots_ + key;
    }
    [[nodiscard]] const std::uint16_t* filter(std::uint32_t entry) const {
        return arrays_.filters.data() + entry;
    }
    [[nodiscard]] const std::uint8_t* position_bytes(std::uint32_t entry) const {
        return arrays_.positions.data() + kPositionBytes * entry;
    }
    /// May be beyond all codes if the arrays were adopted from a damaged file.
    [[nodiscard]] std::uint32_t position(std::uint32_t entry) const {
        const std::uint8_t* bytes = position_bytes(entry);
        return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
               static_cast<std::uint32_t>(bytes[2]) << 16;
    }

  private:
    struct Owned {
        LooseCodes loose;
        std::vector<std::uint32_t> buckets;
        std::vector<std::uint16_t> filters;
        std::vector<std::uint8_t> positions;
    };

    static constexpr int kCoarseBits = 8;
    /// A position, which takes 24 bits, and 40 bits of its code, in 64.
    class TableEntry {
      public:
        TableEntry() = default;
        TableEntry(std::uint64_t bits, std::uint32_t position) : packed_(bits << 24 | position) {}
        [[nodiscard]] std::uint64_t bits() const { return packed_ >> 24; }
        [[nodiscard]] std::uint32_t position() const {
            return static_cast<std::uint32_t>(packed_) & 0xffffffU;
        }

      private:
        std::uint64_t packed_ = 0;
    };
    /// What one thread needs to sort the codes of a table.
    struct TableRoom {
        std::vector<TableEntry> entries;
        std::vector<std::uint32_t> coarse;
    };

    TableSegment(const Arrays& arrays, std::shared_ptr<const void> owner, int key_bits);
    void build_tables(Owned& owned, int threads, const std::stop_token& stop) const;
    void fill_table(Owned& owned, int lane, TableRoom& room) const;
    /// @param slot  number of the first bucket, whose start is known
    /// @param keys  buckets, a power of two
    void fill_buckets(Owned& owned,
                      std::size_t slot,
                      std::size_t keys,
                      std::span<const TableEntry> entries) const;

    Arrays arrays_;
    std::shared_ptr<const void> owner_;
    int key_bits_ = 0;       ///< 0: no tables
    std::size_t slots_ = 0;  ///< buckets of one table
};

using LivePart = Part<TableSegment>;
using LiveState = IndexState<TableSegment>;

/// How many bits may differ for a code within the radius to be found by table `lane`: see
/// TableSegment.
struct LaneLimits {
    int lane = 0;  ///< in the lane; below 0: this table need not be asked
    int pair = 0;  ///< in the lane and the one after it
};

/// @param radius  0..TableSegment::kTableRadius
[[nodiscard]] std::array<LaneLimits, TableSegment::kLanes> lane_limits(int radius);

}  // namespace refrain::index
