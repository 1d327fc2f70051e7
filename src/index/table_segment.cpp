#include "index/table_segment.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "index/fork_join.h"
#include "index/hamming_kernels.h"
#include "index/position_set.h"

namespace refrain::index {

namespace {

constexpr int kFilterBits = 16;

constexpr int lane_start(int lane) { return lane * Hash256::kBits / TableSegment::kLanes; }
constexpr int lane_bits(int lane) { return lane_start(lane + 1) - lane_start(lane); }

// A key and its filter.
constexpr int kEntryBits = TableSegment::kMaxKeyBits + kFilterBits;

/// The kEntryBits bits that begin with lane `lane`, and some more.
std::uint64_t bits_from(const Hash256& code, int lane) {
    const auto start = static_cast<std::size_t>(lane_start(lane));
    const std::size_t word = start / 64;
    const std::size_t shift = start % 64;
    std::uint64_t bits = code.words[word] >> shift;
    if (shift > 64 - kEntryBits) {
        bits |= code.words[(word + 1) % 4] << (64 - shift);
    }
    return bits;
}

/// Buckets of 16 to 32 codes, so that their list costs up to 3 bytes a code.
int key_bits_for(std::size_t codes) {
    return std::clamp(static_cast<int>(std::bit_width(codes)) - 5, 4, TableSegment::kMaxKeyBits);
}

/// The number of key bits for which the lengths of the arrays and the list of buckets are right;
/// 0: no tables, -1: none.
int key_bits_of(const TableSegment::Arrays& arrays) {
    const std::size_t codes = arrays.codes.size();
    const std::size_t entries = codes * TableSegment::kLanes;
    if (codes == 0 || codes > TableSegment::kMaxCodes || arrays.ids.size() != codes) {
        return -1;
    }
    if (arrays.buckets.empty()) {
        return arrays.filters.empty() && arrays.positions.empty() ? 0 : -1;
    }
    const int key_bits = key_bits_for(codes);
    const bool fits =
        arrays.buckets.size() == (std::size_t{TableSegment::kLanes} << key_bits) + 1 &&
        arrays.filters.size() == entries + kFilterPadding &&
        arrays.positions.size() == entries * TableSegment::kPositionBytes &&
        arrays.buckets.back() == entries &&
        std::is_sorted(arrays.buckets.begin(), arrays.buckets.end());
    return fits ? key_bits : -1;
}

}  // namespace

std::array<LaneLimits, TableSegment::kLanes> lane_limits(int radius) {
    std::array<LaneLimits, TableSegment::kLanes> limits;
    const auto share = [&](int lane) {
        return (radius + 1) / TableSegment::kLanes +
               (lane % TableSegment::kLanes < (radius + 1) % TableSegment::kLanes ? 1 : 0);
    };
    for (int lane = 0; lane < TableSegment::kLanes; ++lane) {
        limits[static_cast<std::size_t>(lane)] = {share(lane) - 1,
                                                  share(lane) + share(lane + 1) - 1};
    }
    return limits;
}

TableSegment::TableSegment(LooseCodes loose,
                           std::size_t least_for_tables,
                           int threads,
                           const std::stop_token& stop) {
    REFRAIN_CHECK(!loose.codes.empty() && loose.codes.size() <= kMaxCodes &&
                  loose.codes.size() == loose.ids.size());
    loose.sort_by_id();
    const auto owned = std::make_shared<Owned>();
    owned->loose = std::move(loose);
    const std::size_t codes = owned->loose.codes.size();
    if (codes >= least_for_tables) {
        key_bits_ = key_bits_for(codes);
        slots_ = std::size_t{1} << key_bits_;
        build_tables(*owned, threads, stop);
    }
    arrays_ = {owned->loose.codes, owned->loose.ids, owned->buckets, owned->filters,
               owned->positions};
    owner_ = owned;
}

TableSegment::TableSegment(const Arrays& arrays, std::shared_ptr<const void> owner, int key_bits)
    : arrays_(arrays),
      owner_(std::move(owner)),
      key_bits_(key_bits),
      slots_(key_bits == 0 ? 0 : std::size_t{1} << key_bits) {}

std::shared_ptr<const TableSegment> TableSegment::adopt(const Arrays& arrays,
                                                        std::shared_ptr<const void> owner) {
    const int key_bits = key_bits_of(arrays);
    if (key_bits < 0) {
        return nullptr;
    }
    return std::shared_ptr<const TableSegment>(
        new TableSegment(arrays, std::move(owner), key_bits));
}

void TableSegment::build_tables(Owned& owned, int threads, const std::stop_token& stop) const {
    const std::size_t entries = owned.loose.codes.size() * kLanes;
    owned.buckets.resize(kLanes * slots_ + 1);
    owned.buckets.back() = static_cast<std::uint32_t>(entries);
    owned.filters.resize(entries + kFilterPadding);
    owned.positions.resize(kPositionBytes * entries);
    std::atomic<int> next_lane = 0;
    fork_join(static_cast<std::size_t>(std::clamp(threads, 1, kLanes)), [&](std::size_t) {
        TableRoom room{
            std::vector<TableEntry>(owned.loose.codes.size()),
            std::vector<std::uint32_t>((std::size_t{1} << std::min(key_bits_, kCoarseBits)) + 1)};
        for (int lane = next_lane++; lane < kLanes && !stop.stop_requested(); lane = next_lane++) {
            fill_table(owned, lane, room);
        }
    });
}

// In two steps, since 2^16 buckets at once would miss cache and TLB with each entry.
void TableSegment::fill_table(Owned& owned, int lane, TableRoom& room) const {
    const std::size_t codes = owned.loose.codes.size();
    const int fine_bits = key_bits_ - std::min(key_bits_, kCoarseBits);
    const std::uint32_t key_mask = (std::uint32_t{1} << key_bits_) - 1;
    std::fill(room.coarse.begin(), room.coarse.end(), 0U);
    for (const Hash256& code : owned.loose.codes) {
        ++room.coarse[((bits_from(code, lane) & key_mask) >> fine_bits) + 1];
    }
    std::partial_sum(room.coarse.begin(), room.coarse.end(), room.coarse.begin());
    std::vector<std::uint32_t> next(room.coarse.begin(), room.coarse.end() - 1);
    for (std::size_t i = 0; i < codes; ++i) {
        const std::uint64_t bits = bits_from(owned.loose.codes[i], lane);
        room.entries[next[(bits & key_mask) >> fine_bits]++] =
            TableEntry(bits, static_cast<std::uint32_t>(i));
    }
    for (std::size_t coarse = 0; coarse < next.size(); ++coarse) {
        const std::size_t slot = static_cast<std::size_t>(lane) * slots_ + (coarse << fine_bits);
        const std::size_t first = static_cast<std::size_t>(lane) * codes + room.coarse[coarse];
        owned.buckets[slot] = static_cast<std::uint32_t>(first);
        fill_buckets(owned, slot, std::size_t{1} << fine_bits,
                     std::span(room.entries)
                         .subspan(room.coarse[coarse], next[coarse] - room.coarse[coarse]));
    }
}

void TableSegment::fill_buckets(Owned& owned,
                                std::size_t slot,
                                std::size_t keys,
                                std::span<const TableEntry> entries) const {
    std::array<std::uint32_t, (std::size_t{1} << (kMaxKeyBits - kCoarseBits)) + 1> starts{};
    for (const TableEntry& entry : entries) {
        ++starts[(entry.bits() & (keys - 1)) + 1];
    }
    starts[0] = owned.buckets[slot];
    std::partial_sum(starts.begin(), starts.begin() + static_cast<std::ptrdiff_t>(keys) + 1,
                     starts.begin());
    std::copy(starts.begin(), starts.begin() + static_cast<std::ptrdiff_t>(keys),
              owned.buckets.begin() + static_cast<std::ptrdiff_t>(slot));
    for (const TableEntry& entry : entries) {
        const std::size_t at = starts[entry.bits() & (keys - 1)]++;
        const std::uint32_t position = entry.position();
        owned.filters[at] = static_cast<std::uint16_t>(entry.bits() >> key_bits_);
        std::uint8_t* bytes = owned.positions.data() + kPositionBytes * at;
        bytes[0] = static_cast<std::uint8_t>(position);
        bytes[1] = static_cast<std::uint8_t>(position >> 8);
        bytes[2] = static_cast<std::uint8_t>(position >> 16);
    }
}

TableSegment::Probe TableSegment::probe(const Hash256& query, int lane) const {
    const std::uint64_t bits = bits_from(query, lane);
    return {static_cast<std::uint32_t>(bits & ((std::uint64_t{1} << key_bits_) - 1)),
            static_cast<std::uint16_t>(bits >> key_bits_)};
}

std::uint16_t TableSegment::filter_in_lane(int lane) const {
    const int bits = std::min(kFilterBits, lane_bits(lane) - key_bits_);
    return static_cast<std::uint16_t>((std::uint32_t{1} << bits) - 1);
}

std::size_t TableSegment::memory_bytes() const {
    return arrays_.codes.size_bytes() + arrays_.ids.size_bytes() + arrays_.buckets.size_bytes() +
           arrays_.filters.size_bytes() + arrays_.positions.size_bytes();
}

}  // namespace refrain::index
