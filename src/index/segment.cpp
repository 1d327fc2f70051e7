#include "index/segment.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/check.h"
#include "index/hamming_kernels.h"

namespace refrain::index {

namespace {

/// Lane `lane` in the low half, the one after it in the high half.
std::uint32_t two_lanes(const Hash256& code, int lane) {
    const auto first = static_cast<std::size_t>(lane);
    const std::size_t second = (first + 1) % Segment::kLanes;
    const std::uint64_t low = code.words[first / 4] >> (first % 4 * 16) & 0xffffU;
    const std::uint64_t high = code.words[second / 4] >> (second % 4 * 16) & 0xffffU;
    return static_cast<std::uint32_t>(low | high << 16);
}

/// Buckets of 16 to 32 codes, so that their list costs 2 to 4 bytes a code, until there are 2^16.
int key_bits_for(std::size_t codes) {
    return std::clamp(static_cast<int>(std::bit_width(codes)) - 5, 4, 16);
}

}  // namespace

Segment::Segment(std::vector<Hash256> codes, std::vector<CodeId> ids)
    : codes_(std::move(codes)),
      ids_(std::move(ids)),
      key_bits_(key_bits_for(codes_.size())),
      slots_(std::size_t{1} << key_bits_) {
    REFRAIN_CHECK(!codes_.empty() && codes_.size() <= kMaxCodes && codes_.size() == ids_.size());
    sort_by_id();
    buckets_.resize(kLanes * slots_ + 1);
    filters_.resize(kLanes * codes_.size() + kFilterPadding);
    positions_.resize(std::size_t{3} * kLanes * codes_.size());
    std::vector<std::uint32_t> lanes(codes_.size());
    for (int lane = 0; lane < kLanes; ++lane) {
        fill_table(lane, lanes);
    }
    buckets_.back() = static_cast<std::uint32_t>(kLanes * codes_.size());
}

void Segment::sort_by_id() {
    if (std::is_sorted(ids_.begin(), ids_.end())) {
        return;
    }
    std::vector<std::uint32_t> order(ids_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return ids_[a] < ids_[b]; });
    std::vector<Hash256> codes(codes_.size());
    std::vector<CodeId> ids(ids_.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        codes[i] = codes_[order[i]];
        ids[i] = ids_[order[i]];
    }
    codes_ = std::move(codes);
    ids_ = std::move(ids);
}

void Segment::fill_table(int lane, std::vector<std::uint32_t>& lanes) {
    const std::uint32_t key_mask = (std::uint32_t{1} << key_bits_) - 1;
    std::vector<std::uint32_t> next(slots_ + 1);
    for (std::size_t i = 0; i < codes_.size(); ++i) {
        lanes[i] = two_lanes(codes_[i], lane);
        ++next[(lanes[i] & key_mask) + 1];
    }
    next[0] = static_cast<std::uint32_t>(static_cast<std::size_t>(lane) * codes_.size());
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::copy(
        next.begin(), next.end() - 1,
        buckets_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(lane) * slots_));
    for (std::size_t i = 0; i < codes_.size(); ++i) {
        const std::size_t entry = next[lanes[i] & key_mask]++;
        filters_[entry] = static_cast<std::uint16_t>(lanes[i] >> key_bits_);
        std::uint8_t* bytes = positions_.data() + 3 * entry;
        bytes[0] = static_cast<std::uint8_t>(i);
        bytes[1] = static_cast<std::uint8_t>(i >> 8);
        bytes[2] = static_cast<std::uint8_t>(i >> 16);
    }
}

Segment::Probe Segment::probe(const Hash256& query, int lane) const {
    const std::uint32_t lanes = two_lanes(query, lane);
    return {lanes & ((std::uint32_t{1} << key_bits_) - 1),
            static_cast<std::uint16_t>(lanes >> key_bits_)};
}

std::size_t Segment::memory_bytes() const {
    return codes_.capacity() * sizeof(Hash256) + ids_.capacity() * sizeof(CodeId) +
           buckets_.capacity() * sizeof(std::uint32_t) +
           filters_.capacity() * sizeof(std::uint16_t) + positions_.capacity();
}

}  // namespace refrain::index
