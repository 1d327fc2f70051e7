#include "index/local_snapshot.h"

#include <array>
#include <memory>
#include <utility>

#include "index/snapshot_format.h"

namespace refrain::index {

namespace {

// The counts of a part: its codes, its lists with the one that marks the end, its pictures, and the
// words of what was removed.
enum Count : std::size_t { kCodes, kLists, kPictures, kDeadWords, kCounts };
static_assert(kCounts == kLocalSnapshot.counts);

bool may_fit(std::span<const std::uint64_t> counts, std::uint64_t bytes) {
    return counts[kCodes] <= LocalSegment::kMaxCodes && counts[kLists] <= bytes &&
           counts[kPictures] <= LocalSegment::kMaxKeys && counts[kDeadWords] <= bytes;
}

/// Null segment: the arrays do not fit each other.
LocalPart take_part(SnapshotArrays& arrays, std::span<const std::uint64_t> counts) {
    LocalSegment::Arrays found;
    found.signatures = arrays.take<std::uint64_t>(counts[kCodes]);
    found.sources = arrays.take<std::uint32_t>(counts[kCodes]);
    found.lists = arrays.take<LocalSegment::List>(counts[kLists]);
    found.keys = arrays.take<PictureKey>(counts[kPictures]);
    found.codes_of = arrays.take<std::uint32_t>(counts[kPictures]);
    const auto dead = arrays.take<std::uint64_t>(counts[kDeadWords]);
    found.blocks = arrays.take<LocalBlock>(LocalSegment::blocks_for(counts[kCodes]));
    let_go(std::as_bytes(found.blocks));
    if (dead.size() != counts[kDeadWords] ||
        (!dead.empty() && dead.size() != PositionSet::words_for(counts[kPictures]))) {
        return {};
    }
    LocalPart part{LocalSegment::adopt(found, arrays.owner()), nullptr, 0};
    if (part.segment == nullptr || dead.empty()) {
        return part;
    }
    auto set = std::make_shared<PositionSet>(std::vector<std::uint64_t>(dead.begin(), dead.end()));
    std::size_t pictures = 0;
    for (std::size_t i = 0; i < found.keys.size(); ++i) {
        if (set->contains(i)) {
            ++pictures;
            part.dead_codes += found.codes_of[i];
        }
    }
    if (pictures != set->size()) {
        return {};
    }
    part.dead = std::move(set);
    return part;
}

bool put_part(SnapshotWriter& out, const LocalPart& part) {
    const LocalSegment::Arrays& arrays = part.segment->arrays();
    const auto dead = part.dead == nullptr ? std::span<const std::uint64_t>() : part.dead->words();
    out.end_part(std::array<std::uint64_t, kCounts>{arrays.sources.size(), arrays.lists.size(),
                                                    arrays.keys.size(), dead.size()});
    return out.put(arrays.signatures) && out.put(arrays.sources) && out.put(arrays.lists) &&
           out.put(arrays.keys) && out.put(arrays.codes_of) && out.put(dead) &&
           out.put(arrays.blocks);
}

}  // namespace

Result<std::vector<LocalPart>> load_local_parts(const Snapshot& snapshot,
                                                int threads,
                                                const std::stop_token& stop) {
    return load_parts<LocalPart>(snapshot, threads, stop, may_fit, take_part);
}

Result<SnapshotWritten> write_local_snapshot(const std::filesystem::path& file,
                                             const SnapshotTag& tag,
                                             std::span<const LocalPart> parts,
                                             const std::stop_token& stop) {
    const auto put = [&](SnapshotWriter& out) {
        for (const LocalPart& part : parts) {
            if (!put_part(out, part)) {
                return false;
            }
        }
        return true;
    };
    return write_snapshot(file, kLocalSnapshot, tag, put, stop);
}

}  // namespace refrain::index
