#include "index/local_snapshot.h"

#include <array>
#include <memory>
#include <new>
#include <utility>

#include "index/snapshot_format.h"

namespace refrain::index {

namespace {

// The counts of a part: its codes, its lists with the one that marks the end, its pictures, and the
// words of what was removed.
enum Count : std::size_t { kCodes, kLists, kPictures, kDeadWords, kCounts };
static_assert(kCounts == kLocalSnapshot.counts);

/// Null segment: the arrays do not fit each other.
LocalPart take_part(SnapshotArrays& arrays, std::span<const std::uint64_t> counts) {
    LocalSegment::Arrays found;
    found.blocks = arrays.take<LocalBlock>(LocalSegment::blocks_for(counts[kCodes]));
    found.sources = arrays.take<std::uint32_t>(counts[kCodes]);
    found.lists = arrays.take<LocalSegment::List>(counts[kLists]);
    found.keys = arrays.take<PictureKey>(counts[kPictures]);
    found.codes_of = arrays.take<std::uint32_t>(counts[kPictures]);
    const auto dead = arrays.take<std::uint64_t>(counts[kDeadWords]);
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
    return out.put(arrays.blocks) && out.put(arrays.sources) && out.put(arrays.lists) &&
           out.put(arrays.keys) && out.put(arrays.codes_of) && out.put(dead);
}

}  // namespace

Result<std::vector<LocalPart>> load_local_parts(const Snapshot& snapshot,
                                                int threads,
                                                const std::stop_token& stop) {
    Result<SnapshotArrays> arrays = snapshot.load(threads, stop);
    if (!arrays) {
        return arrays.error();
    }
    try {
        std::vector<LocalPart> parts;
        for (auto counts = arrays->next_part(); !counts.empty(); counts = arrays->next_part()) {
            if (counts[kCodes] > LocalSegment::kMaxCodes || counts[kLists] > arrays->data_bytes() ||
                counts[kPictures] > LocalSegment::kMaxPictures ||
                counts[kDeadWords] > arrays->data_bytes()) {
                return damaged_snapshot("a segment is larger than the file");
            }
            LocalPart part = take_part(*arrays, counts);
            if (part.segment == nullptr) {
                return damaged_snapshot("the arrays of a segment do not fit each other");
            }
            parts.push_back(std::move(part));
        }
        return parts;
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::kInternal, "out of memory while reading the local index"};
    }
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
