#include "index/segment_search.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace refrain::index {

namespace {

// 16 KiB of codes stay in the first-level cache while all queries pass over them.
constexpr std::size_t kScanBlock = 512;
// Codes whose memory is asked for at once, before the first is looked at.
constexpr std::size_t kVerifyBlock = 128;
// So few are sorted sooner than a bit for each code of the segment is cleared.
constexpr std::size_t kFewEntries = 256;
// A filter costs about a third of what a code costs in a scan (docs/decisions/0040), and clustered
// codes some more: beyond this many filters for each code of the segment, a scan is cheaper.
constexpr std::size_t kMostFiltersPerCode = 2;

}  // namespace

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

void Searcher::search(const Segment& segment, const PositionSet* dead, const QueryRange& queries) {
    const CodeBlock block{segment.codes(), segment.ids(), dead};
    if (radius_ > Segment::kTableRadius) {
        scan(block, queries);
        return;
    }
    seen_.reset();
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

std::size_t Searcher::plan(const Segment& segment, const Hash256& query) {
    probes_.clear();
    std::size_t filters = 0;
    for (int lane = 0; lane < Segment::kLanes; ++lane) {
        const Segment::Probe exact = segment.probe(query, lane);
        plan_probe(segment, lane, exact, 0);
        const int flips = radius_ < Segment::kLanes ? 0 : segment.key_bits();
        for (int bit = 0; bit < flips; ++bit) {
            plan_probe(segment, lane, {exact.key ^ (std::uint32_t{1} << bit), exact.filter}, 1);
        }
    }
    for (const PlannedProbe& probe : probes_) {
        filters += probe.run.count;
    }
    return filters;
}

void Searcher::plan_probe(const Segment& segment,
                          int lane,
                          Segment::Probe probe,
                          int key_distance) {
    const Segment::Bucket bucket = segment.bucket(lane, probe.key);
    if (bucket.count == 0) {
        return;
    }
    const std::uint16_t* filters = segment.filter(bucket.first);
    __builtin_prefetch(filters);
    // Two lanes differ in at most 2/16 of the radius; see Segment.
    const int max_bits = radius_ / (Segment::kLanes / 2) - key_distance;
    probes_.push_back({{filters, bucket.count, bucket.first}, probe.filter, max_bits});
}

void Searcher::follow_plan(const Segment& segment, const Hash256& query) {
    entries_.clear();
    for (const PlannedProbe& probe : probes_) {
        kernels_->match(probe.run, probe.filter, probe.max_bits, entries_);
    }
    drop_repeats(segment);
    for (std::size_t from = 0; from < positions_.size(); from += kVerifyBlock) {
        const auto positions =
            std::span(positions_).subspan(from, std::min(kVerifyBlock, positions_.size() - from));
        for (const std::uint32_t position : positions) {
            __builtin_prefetch(&segment.codes()[position]);
        }
        kernels_->verify(segment.codes(), positions, query, radius_, near_);
    }
}

void Searcher::drop_repeats(const Segment& segment) {
    positions_.clear();
    for (const std::uint32_t entry : entries_) {
        __builtin_prefetch(segment.position_bytes(entry));
    }
    if (entries_.size() <= kFewEntries) {
        for (const std::uint32_t entry : entries_) {
            positions_.push_back(segment.position(entry));
        }
        std::sort(positions_.begin(), positions_.end());
        positions_.erase(std::unique(positions_.begin(), positions_.end()), positions_.end());
        return;
    }
    if (seen_ == nullptr) {
        seen_ = std::make_unique<PositionSet>(segment.size());
    }
    for (const std::uint32_t entry : entries_) {
        const std::uint32_t position = segment.position(entry);
        if (seen_->insert(position)) {
            positions_.push_back(position);
        }
    }
    for (const std::uint32_t position : positions_) {
        seen_->erase(position);
    }
}

std::vector<Hit> Searcher::take_hits() {
    std::sort(hits_.begin(), hits_.end());
    return std::exchange(hits_, {});
}

}  // namespace refrain::index
