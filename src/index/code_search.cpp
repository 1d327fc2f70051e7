#include "index/code_search.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace refrain::index {

namespace {

// 16 KiB of codes stay in the first-level cache while all queries pass over them.
constexpr std::size_t kScanBlock = 512;
// Codes whose memory is asked for at once, before the first is looked at.
constexpr std::size_t kVerifyBlock = 128;
// A position met in one table is often met in the next: so many are remembered, 16 KiB.
constexpr std::size_t kLately = 4096;
constexpr std::uint32_t kNoPosition = ~std::uint32_t{0};
// A filter costs about a third of what a code costs in a scan (docs/decisions/0040), and clustered
// codes some more: beyond this many filters for each code of the segment, a scan is cheaper.
constexpr std::size_t kMostFiltersPerCode = 2;

/// Every number of up to `kMaxKeyBits` bits of which at most two are set, those with fewer bits
/// first; beside each how many.
struct Flip {
    std::uint32_t mask = 0;
    int bits = 0;
};

std::vector<Flip> make_flips(int key_bits) {
    std::vector<Flip> flips{{0, 0}};
    for (int a = 0; a < key_bits; ++a) {
        flips.push_back({std::uint32_t{1} << a, 1});
    }
    for (int a = 0; a < key_bits; ++a) {
        for (int b = 0; b < a; ++b) {
            flips.push_back({std::uint32_t{1} << a | std::uint32_t{1} << b, 2});
        }
    }
    return flips;
}

const std::vector<Flip>& flips_of(int key_bits) {
    static const auto all = [] {
        std::array<std::vector<Flip>, TableSegment::kMaxKeyBits + 1> flips;
        for (int bits = 0; bits <= TableSegment::kMaxKeyBits; ++bits) {
            flips[static_cast<std::size_t>(bits)] = make_flips(bits);
        }
        return flips;
    }();
    return all[static_cast<std::size_t>(key_bits)];
}

}  // namespace

Searcher::Searcher(int radius, const HammingKernels& kernels)
    : radius_(radius), kernels_(&kernels) {
    if (radius <= TableSegment::kTableRadius) {
        limits_ = lane_limits(radius);
    }
}

void Searcher::scan(const CodeBlock& block, const QueryRange& queries) {
    std::vector<std::uint32_t> all(queries.end - queries.begin);
    std::iota(all.begin(), all.end(), static_cast<std::uint32_t>(queries.begin));
    scan_for(block, queries.batch, all);
}

void Searcher::scan_for(const CodeBlock& block,
                        std::span<const Hash256> batch,
                        std::span<const std::uint32_t> queries) {
    for (std::size_t from = 0; from < block.codes.size(); from += kScanBlock) {
        const auto codes =
            block.codes.subspan(from, std::min(kScanBlock, block.codes.size() - from));
        for (const std::uint32_t query : queries) {
            kernels_->scan(codes, static_cast<std::uint32_t>(from), batch[query], radius_, near_);
            keep(block, query);
        }
    }
}

void Searcher::keep(const CodeBlock& block, std::uint32_t query) {
    for (const Near& near : near_) {
        if (block.dead == nullptr || !block.dead->contains(near.position)) {
            hits_.push_back({query, block.ids[near.position], near.distance});
        }
    }
    near_.clear();
}

void Searcher::search(const TableSegment& segment,
                      const PositionSet* dead,
                      const QueryRange& queries) {
    const CodeBlock block{segment.codes(), segment.ids(), dead};
    if (radius_ > TableSegment::kTableRadius || !segment.has_tables()) {
        scan(block, queries);
        return;
    }
    std::vector<std::uint32_t> left_to_scan;
    for (std::size_t q = queries.begin; q < queries.end; ++q) {
        if (plan(segment, queries.batch[q]) > kMostFiltersPerCode * segment.size()) {
            left_to_scan.push_back(static_cast<std::uint32_t>(q));
            continue;
        }
        follow_plan(segment, queries.batch[q]);
        keep(block, static_cast<std::uint32_t>(q));
    }
    scan_for(block, queries.batch, left_to_scan);
}

std::size_t Searcher::plan(const TableSegment& segment, const Hash256& query) {
    runs_.clear();
    std::size_t filters = 0;
    TableSegment::Probe exact = segment.probe(query, 0);
    for (int lane = 0; lane < TableSegment::kLanes; ++lane) {
        const int next_lane = std::min(lane + 1, TableSegment::kLanes - 1);
        const TableSegment::Probe next = segment.probe(query, next_lane);
        const LaneLimits limits = limits_[static_cast<std::size_t>(lane)];
        const std::uint16_t in_lane = segment.filter_in_lane(lane);
        for (const Flip& flip : flips_of(segment.key_bits())) {
            if (flip.bits > limits.lane) {
                break;
            }
            // The lists of large segments lie beyond all caches.
            __builtin_prefetch(segment.bucket_address(next_lane, next.key ^ flip.mask));
            const TableSegment::Bucket bucket = segment.bucket(lane, exact.key ^ flip.mask);
            if (bucket.count == 0) {
                continue;
            }
            filters += bucket.count;
            runs_.push_back({segment.filter(bucket.first), bucket.count, bucket.first, exact.filter,
                             in_lane, static_cast<std::int8_t>(limits.lane - flip.bits),
                             static_cast<std::int8_t>(limits.pair - flip.bits)});
        }
        exact = next;
    }
    return filters;
}

void Searcher::follow_plan(const TableSegment& segment, const Hash256& query) {
    entries_.clear();
    kernels_->match(runs_, entries_);
    drop_repeats(segment);
    const std::size_t before = near_.size();
    for (std::size_t from = 0; from < positions_.size(); from += kVerifyBlock) {
        const auto positions =
            std::span(positions_).subspan(from, std::min(kVerifyBlock, positions_.size() - from));
        for (const std::uint32_t position : positions) {
            __builtin_prefetch(segment.codes().data() + position);
        }
        kernels_->verify(segment.codes(), positions, query, radius_, near_);
    }
    const auto begin = near_.begin() + static_cast<std::ptrdiff_t>(before);
    std::sort(begin, near_.end(),
              [](const Near& a, const Near& b) { return a.position < b.position; });
    near_.erase(std::unique(begin, near_.end()), near_.end());
}

void Searcher::drop_repeats(const TableSegment& segment) {
    positions_.clear();
    lately_.assign(kLately, kNoPosition);
    constexpr std::size_t kAhead = 16;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (i + kAhead < entries_.size()) {
            __builtin_prefetch(segment.position_bytes(entries_[i + kAhead]));
        }
        const std::uint32_t position = segment.position(entries_[i]);
        std::uint32_t& seen = lately_[position % kLately];
        if (seen != position) {
            seen = position;
            positions_.push_back(position);
        }
    }
}

std::vector<Hit> Searcher::take_hits() {
    std::sort(hits_.begin(), hits_.end());
    return std::exchange(hits_, {});
}

}  // namespace refrain::index
