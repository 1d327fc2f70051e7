#include "corpus/known_set.h"

#include <utility>

#include "corpus/query.h"
#include "verdict/frame_score.h"

namespace refrain::corpus {

namespace {

// A code's id is its item's key and its ordinal in the item: 2^22 frames are two a second for 24
// days, and 2^41 keys remain.
constexpr int kOrdinalBits = 22;
constexpr std::int64_t kMaxCodes = std::int64_t{1} << kOrdinalBits;
constexpr std::int64_t kMaxKey = (std::int64_t{1} << (62 - kOrdinalBits)) - 1;

index::CodeId code_id(std::int64_t key, std::size_t ordinal) {
    return (key << kOrdinalBits) | static_cast<std::int64_t>(ordinal);
}

}  // namespace

KnownSet::KnownSet(std::unique_ptr<index::HashIndex> index) : index_(std::move(index)) {}

Result<void> KnownSet::add(KnownItem item, std::span<const FrameHash> frames) {
    if (items_.contains(item.key)) {
        return Error{ErrorCode::kInvalidArgument, "item " + item.id + " is in the index already"};
    }
    if (item.key < 0 || item.key > kMaxKey || frames.size() > static_cast<std::size_t>(kMaxCodes)) {
        return Error{ErrorCode::kInvalidArgument, "item " + item.id + " does not fit the index"};
    }
    std::vector<Hash256> codes;
    std::vector<index::CodeId> ids;
    item.frames.clear();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const FrameHash& frame = frames[i];
        if (frame.quality >= verdict::kMinQuality) {
            codes.push_back(frame.hash);
            ids.push_back(code_id(item.key, item.frames.size()));
            item.frames.push_back(
                {frame.hash, frame.time, end_of_frame(frames, i, item.duration), frame.quality});
        }
    }
    if (Result<void> added = index_->add(codes, ids); !added) {
        return added.error();
    }
    keys_by_bytes_.emplace(item.sha256, item.key);
    const std::int64_t key = item.key;
    items_.emplace(key, std::move(item));
    return {};
}

Result<void> KnownSet::remove(std::int64_t key) {
    const auto known = items_.find(key);
    if (known == items_.end()) {
        return {};
    }
    std::vector<index::CodeId> ids;
    for (std::size_t i = 0; i < known->second.frames.size(); ++i) {
        ids.push_back(code_id(key, i));
    }
    if (Result<std::size_t> removed = index_->remove(ids); !removed) {
        return removed.error();
    }
    const auto [first, last] = keys_by_bytes_.equal_range(known->second.sha256);
    for (auto entry = first; entry != last; ++entry) {
        if (entry->second == key) {
            keys_by_bytes_.erase(entry);
            break;
        }
    }
    items_.erase(known);
    return {};
}

Result<std::vector<FrameHit>> KnownSet::search(std::span<const Hash256> queries) const {
    Result<std::vector<index::Hit>> found = index_->range_search(queries, verdict::kMaxDistance);
    if (!found) {
        return found.error();
    }
    std::vector<FrameHit> hits;
    hits.reserve(found->size());
    for (const index::Hit& hit : *found) {
        const std::int64_t key = hit.id >> kOrdinalBits;
        const auto ordinal = static_cast<std::size_t>(hit.id & (kMaxCodes - 1));
        const auto item = items_.find(key);
        if (item == items_.end() || ordinal >= item->second.frames.size()) {
            return Error{ErrorCode::kInternal, "the index names a code that no item has"};
        }
        hits.push_back({key, hit.query, static_cast<std::uint32_t>(ordinal), hit.distance});
    }
    return hits;
}

const KnownItem* KnownSet::find(std::int64_t key) const {
    const auto item = items_.find(key);
    return item == items_.end() ? nullptr : &item->second;
}

std::vector<const KnownItem*> KnownSet::find_bytes(const Sha256& sha256) const {
    std::vector<const KnownItem*> found;
    const auto [first, last] = keys_by_bytes_.equal_range(sha256);
    for (auto entry = first; entry != last; ++entry) {
        found.push_back(find(entry->second));
    }
    return found;
}

}  // namespace refrain::corpus
