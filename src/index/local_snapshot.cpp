#include "index/local_snapshot.h"

#include <memory>
#include <optional>
#include <utility>

#include "index/snapshot_format.h"

namespace refrain::index {

namespace {

// The counts of a part, as SealedSegment puts them.
enum Count : std::size_t { kCodes, kLists, kPictures, kCellStarts, kCounts };
static_assert(kCounts == kLocalSnapshot.counts);

bool may_fit(std::span<const std::uint64_t> counts, std::uint64_t bytes) {
    return counts[kCodes] <= LocalSegment::kMaxCodes && counts[kLists] <= bytes &&
           counts[kPictures] <= LocalSegment::kMaxKeys && counts[kCellStarts] <= bytes;
}

/// Null segment: the arrays do not fit each other.
LocalPart take_part(SnapshotArrays& arrays,
                    std::span<const std::uint64_t> counts,
                    std::size_t codes_read_from) {
    LocalSegment::Arrays found;
    found.signatures = arrays.take<std::uint64_t>(counts[kCodes]);
    found.sources = arrays.take<std::uint32_t>(counts[kCodes]);
    found.lists = arrays.take<LocalSegment::List>(counts[kLists]);
    found.keys = arrays.take<PictureKey>(counts[kPictures]);
    found.codes_of = arrays.take<std::uint32_t>(counts[kPictures]);
    found.cells = arrays.take<std::uint32_t>(counts[kCellStarts]);
    arrays.begin_page();
    found.blocks = arrays.take<LocalBlock>(LocalSegment::blocks_for(counts[kCodes]));
    if (found.cells.size() != counts[kCellStarts]) {
        return {};
    }
    arrays.pages()->need(std::as_bytes(found.lists));
    arrays.pages()->need(std::as_bytes(found.keys));
    arrays.pages()->need(std::as_bytes(found.codes_of));
    arrays.pages()->need(std::as_bytes(found.cells));
    const bool reads_codes = counts[kCodes] >= codes_read_from;
    return {LocalSegment::adopt(found, arrays.owner(), arrays.pages(), reads_codes), nullptr, 0};
}

/// One part for each group: the next one of those in the file, or none where nothing lives.
std::vector<LocalPart> parts_of_groups(const Snapshot& snapshot, const std::vector<bool>& is_put) {
    Result<std::vector<LocalPart>> read = load_local_parts(snapshot);
    std::vector<LocalPart> parts;
    if (read) {
        auto next = read->begin();
        for (const bool is_there : is_put) {
            parts.push_back(is_there ? std::move(*next++) : LocalPart());
        }
    }
    return parts;
}

}  // namespace

Result<std::vector<LocalPart>> load_local_parts(const Snapshot& snapshot,
                                                std::size_t codes_read_from) {
    const auto take = [&](SnapshotArrays& arrays, std::span<const std::uint64_t> counts) {
        return take_part(arrays, counts, codes_read_from);
    };
    return load_parts<LocalPart>(snapshot.load_unverified(), may_fit, take);
}

Result<SnapshotWritten> write_local_snapshot(const std::filesystem::path& file,
                                             const SnapshotTag& tag,
                                             std::span<const LocalPart> parts,
                                             const std::stop_token& stop,
                                             const SealedOptions& options,
                                             std::vector<LocalPart>* made) {
    std::vector<bool> is_put;
    const auto put = [&](SnapshotWriter& out) {
        for (const std::span<const LocalPart> group : sealed_groups(parts, options.segment_codes)) {
            SealedSegment sealed(group, options.cells_from);
            is_put.push_back(!sealed.is_empty());
            if (!sealed.put(out)) {
                return false;
            }
        }
        return true;
    };
    std::optional<Snapshot> snapshot;
    Result<SnapshotWritten> written =
        write_snapshot(file, kLocalSnapshot, tag, put, stop, made == nullptr ? nullptr : &snapshot);
    if (snapshot) {
        *made = parts_of_groups(*snapshot, is_put);
    }
    return written;
}

}  // namespace refrain::index
