#include "index/hash_snapshot.h"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "index/hamming_kernels.h"
#include "index/snapshot_format.h"

namespace refrain::index {

namespace {

// The counts of a part: its codes, the numbers in its bucket list (0: no tables), and the words of
// what was removed.
enum Count : std::size_t { kCodes, kBuckets, kDeadWords, kCounts };
static_assert(kCounts == kHashSnapshot.counts);

bool may_fit(std::span<const std::uint64_t> counts, std::uint64_t bytes) {
    return counts[kCodes] <= TableSegment::kMaxCodes && counts[kBuckets] <= bytes &&
           counts[kDeadWords] <= bytes;
}

/// Null segment: the arrays do not fit each other.
LivePart take_part(SnapshotArrays& arrays, std::span<const std::uint64_t> counts) {
    const std::uint64_t codes = counts[kCodes];
    TableSegment::Arrays found;
    found.codes = arrays.take<Hash256>(codes);
    found.ids = arrays.take<CodeId>(codes);
    found.buckets = arrays.take<std::uint32_t>(counts[kBuckets]);
    if (counts[kBuckets] > 0) {
        const std::uint64_t entries = codes * TableSegment::kLanes;
        found.filters = arrays.take<std::uint16_t>(entries + kFilterPadding);
        found.positions = arrays.take<std::uint8_t>(entries * TableSegment::kPositionBytes);
    }
    const auto dead = arrays.take<std::uint64_t>(counts[kDeadWords]);
    if (dead.size() != counts[kDeadWords] ||
        (!dead.empty() && dead.size() != PositionSet::words_for(codes))) {
        return {};
    }
    LivePart part{TableSegment::adopt(found, arrays.owner()), nullptr, 0};
    if (!dead.empty()) {
        part.dead =
            std::make_shared<PositionSet>(std::vector<std::uint64_t>(dead.begin(), dead.end()));
        part.dead_codes = part.dead->size();
    }
    return part;
}

bool put_part(SnapshotWriter& out, const LivePart& part) {
    const TableSegment::Arrays& arrays = part.segment->arrays();
    const auto dead = part.dead == nullptr ? std::span<const std::uint64_t>() : part.dead->words();
    out.end_part(std::array<std::uint64_t, kCounts>{arrays.codes.size(), arrays.buckets.size(),
                                                    dead.size()});
    return out.put(arrays.codes) && out.put(arrays.ids) && out.put(arrays.buckets) &&
           out.put(arrays.filters) && out.put(arrays.positions) && out.put(dead);
}

}  // namespace

Result<std::vector<LivePart>> load_hash_parts(const Snapshot& snapshot,
                                              int threads,
                                              const std::stop_token& stop) {
    return load_parts<LivePart>(snapshot.load(threads, stop), may_fit, take_part);
}

Result<SnapshotWritten> write_hash_snapshot(const std::filesystem::path& file,
                                            const SnapshotTag& tag,
                                            const LiveState& state,
                                            const LiveOptions& options,
                                            const std::stop_token& stop) {
    const auto put = [&](SnapshotWriter& out) {
        for (const LivePart& part : state.parts) {
            if (!put_part(out, part)) {
                return false;
            }
        }
        // The tail as one more part, or several.
        LooseCodes tail;
        tail.append_live(state.tail_block());
        const TableKind kind(options.table_codes);
        const std::size_t total = tail.codes.size();
        for (std::size_t from = 0; from < total; from += options.segment_codes) {
            LooseCodes piece = tail.taken(from, std::min(options.segment_codes, total - from));
            if (!put_part(out, {kind.make(std::move(piece), 1, {}), nullptr, 0})) {
                return false;
            }
        }
        return true;
    };
    return write_snapshot(file, kHashSnapshot, tag, put, stop);
}

}  // namespace refrain::index
