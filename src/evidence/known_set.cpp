#include "evidence/known_set.h"

#include <algorithm>
#include <utility>

#include "evidence/query.h"
#include "verdict/frame_score.h"
#include "verdict/local_score.h"

namespace refrain::evidence {

namespace {

// A code's id is its item's key and its ordinal in the item: 2^22 frames are two a second for 24
// days, and 2^41 keys remain.
constexpr int kOrdinalBits = 22;
constexpr std::int64_t kMaxCodes = std::int64_t{1} << kOrdinalBits;
constexpr std::int64_t kMaxKey = (std::int64_t{1} << (62 - kOrdinalBits)) - 1;

// As many codes as one segment of the live index takes.
constexpr std::size_t kBulkCodes = std::size_t{1} << 24;

// Local codes wait for each other up to so many, 20 MB: half a second of work that cannot be
// interrupted.
constexpr std::size_t kBulkLocalCodes = std::size_t{1} << 19;
// Of each query code. Right pairs are among the nearest, or their code tells nothing.
constexpr int kMaxLocalHits = 16;
// The words whose codes are looked at; docs/decisions/0051-local-code-search.md.
constexpr int kLists = 8;

bool fits(const KnownItem& item) {
    return item.key >= 0 && item.key <= kMaxKey &&
           frame_count(item) <= static_cast<std::size_t>(kMaxCodes) &&
           picture_count(item) <= static_cast<std::size_t>(kMaxCodes);
}

std::vector<index::LocalPicture> local_pictures_of(const KnownItem& item) {
    std::vector<index::LocalPicture> pictures;
    each_part(item, [&](const KnownItem& part) {
        for (const LocalFrame& frame : part.local) {
            index::LocalPicture picture;
            picture.picture =
                (item.key << kOrdinalBits) | static_cast<std::int64_t>(pictures.size());
            for (const LocalPoint& point : frame.points) {
                picture.codes.push_back(point.code);
            }
            pictures.push_back(std::move(picture));
        }
    });
    return pictures;
}

/// Finds the part with the number-th of what `size_of` counts.
template <typename SizeOf>
std::optional<PlaceInItem> place_at(const KnownItem& item,
                                    std::uint32_t number,
                                    const SizeOf& size_of) {
    std::size_t left = number;
    for (std::uint32_t i = 0; const KnownItem* part = part_of(item, i); ++i) {
        if (left < size_of(*part)) {
            return PlaceInItem{i, static_cast<std::uint32_t>(left)};
        }
        left -= size_of(*part);
    }
    return std::nullopt;
}

void keep_part(KnownItem& item, const Fingerprint& fingerprint) {
    const std::vector<FrameHash>& frames = fingerprint.frames;
    item.frames.clear();
    item.part = fingerprint.part;
    item.begin = frames.empty() ? MediaTime{} : frames.front().time;
    item.local = fingerprint.local;
    item.shots = fingerprint.shots;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const FrameHash& frame = frames[i];
        if (frame.quality >= verdict::kMinQuality) {
            item.frames.push_back(
                {frame.hash, frame.time, end_of_frame(frames, i, item.duration), frame.quality});
        }
    }
}

index::CodeId code_id(std::int64_t key, std::size_t ordinal) {
    return (key << kOrdinalBits) | static_cast<std::int64_t>(ordinal);
}

}  // namespace

const KnownItem* part_of(const KnownItem& item, std::size_t ordinal) {
    if (ordinal == 0) {
        return &item;
    }
    return ordinal <= item.more_parts.size() ? &item.more_parts[ordinal - 1] : nullptr;
}

std::optional<PlaceInItem> frame_at(const KnownItem& item, std::uint32_t number) {
    return place_at(item, number, [](const KnownItem& part) { return part.frames.size(); });
}

std::optional<PlaceInItem> picture_at(const KnownItem& item, std::uint32_t number) {
    return place_at(item, number, [](const KnownItem& part) { return part.local.size(); });
}

std::size_t frame_count(const KnownItem& item) {
    std::size_t count = 0;
    each_part(item, [&](const KnownItem& part) { count += part.frames.size(); });
    return count;
}

std::size_t picture_count(const KnownItem& item) {
    std::size_t count = 0;
    each_part(item, [&](const KnownItem& part) { count += part.local.size(); });
    return count;
}

bool is_searchable(const Fingerprint& fingerprint) {
    const auto has_detail = [](const FrameHash& frame) {
        return frame.quality >= verdict::kMinQuality;
    };
    const auto has_points = [](const LocalFrame& frame) {
        return !frame.points.empty();
    };
    return std::any_of(fingerprint.frames.begin(), fingerprint.frames.end(), has_detail) ||
           std::any_of(fingerprint.local.begin(), fingerprint.local.end(), has_points) ||
           std::any_of(fingerprint.more_parts.begin(), fingerprint.more_parts.end(), is_searchable);
}

bool is_wanted(const KnownItem& item, const FindOptions& options) {
    return options.banks.empty() ||
           std::find(options.banks.begin(), options.banks.end(), item.bank) != options.banks.end();
}

void keep_searchable(KnownItem& item, const Fingerprint& fingerprint) {
    item.more_parts.clear();
    item.has_several_parts = has_several_parts(fingerprint);
    keep_part(item, fingerprint);
    std::vector<KnownItem> parts;
    for (const Fingerprint& other : fingerprint.more_parts) {
        KnownItem part;
        part.key = item.key;
        part.id = item.id;
        part.name = item.name;
        part.bank = item.bank;
        part.labels = item.labels;
        part.source = item.source;
        part.sha256 = item.sha256;
        part.has_several_parts = item.has_several_parts;
        part.kind = other.media.kind;
        part.duration = other.media.duration;
        keep_part(part, other);
        parts.push_back(std::move(part));
    }
    item.more_parts = std::move(parts);
}

KnownSet::KnownSet(std::unique_ptr<index::HashIndex> index,
                   std::unique_ptr<index::LiveLocalIndex> local,
                   std::shared_ptr<ItemSource> source)
    : index_(std::move(index)), source_(std::move(source)), local_(std::move(local)) {}

Result<void> KnownSet::add(const KnownItem& item) {
    if (Result<void> added = add_in_bulk(item); !added) {
        return added;
    }
    const std::vector<Hash256> codes = std::exchange(bulk_codes_, {});
    const std::vector<index::CodeId> ids = std::exchange(bulk_ids_, {});
    return index_->add(codes, ids);
}

Result<void> KnownSet::add_in_bulk(const KnownItem& item) {
    if (!fits(item)) {
        return Error{ErrorCode::kInvalidArgument, "item " + item.id + " does not fit the index"};
    }
    if (!bulk_codes_.empty() && bulk_codes_.size() + frame_count(item) > kBulkCodes) {
        if (Result<void> added = finish_bulk(); !added) {
            return added;
        }
    }
    std::size_t ordinal = 0;
    each_part(item, [&](const KnownItem& part) {
        for (const KnownFrame& frame : part.frames) {
            bulk_codes_.push_back(frame.hash);
            bulk_ids_.push_back(code_id(item.key, ordinal++));
        }
    });
    return {};
}

Result<void> KnownSet::finish_bulk() {
    return index_->add_bulk(std::exchange(bulk_codes_, {}), std::exchange(bulk_ids_, {}));
}

Result<void> KnownSet::add_local(const KnownItem& item) {
    if (Result<void> added = add_local_in_bulk(item); !added) {
        return added;
    }
    return finish_local_bulk();
}

Result<void> KnownSet::add_local_in_bulk(const KnownItem& item) {
    if (!fits(item)) {
        return Error{ErrorCode::kInvalidArgument, "item " + item.id + " does not fit the index"};
    }
    for (index::LocalPicture& picture : local_pictures_of(item)) {
        bulk_local_codes_ += picture.codes.size();
        bulk_pictures_.push_back(std::move(picture));
    }
    return bulk_local_codes_ < kBulkLocalCodes ? Result<void>() : finish_local_bulk();
}

Result<void> KnownSet::finish_local_bulk() {
    const std::vector<index::LocalPicture> pictures = std::exchange(bulk_pictures_, {});
    bulk_local_codes_ = 0;
    return local_->add_bulk(pictures);
}

void KnownSet::adopt_local(std::vector<index::LocalPart> parts) {
    bulk_pictures_.clear();
    bulk_local_codes_ = 0;
    local_->adopt(std::move(parts));
}

Result<void> KnownSet::remove(std::int64_t key) {
    source_->forget(key);
    if (key < 0 || key > kMaxKey) {
        return {};
    }
    const auto last = static_cast<std::size_t>(kMaxCodes - 1);
    if (Result<std::size_t> removed = index_->remove_between(code_id(key, 0), code_id(key, last));
        !removed) {
        return removed.error();
    }
    if (Result<std::size_t> removed = local_->remove_between(code_id(key, 0), code_id(key, last));
        !removed) {
        return removed.error();
    }
    return {};
}

Result<std::vector<LocalPointHit>> KnownSet::search_local(std::span<const Hash256> queries) const {
    index::LocalSearchOptions options;
    options.max_distance = verdict::kMaxVoteDistance;
    options.max_hits_per_query = kMaxLocalHits;
    options.lists = kLists;
    const Result<index::LocalAnswer> found = local_->search(queries, options);
    if (!found) {
        return found.error();
    }
    std::vector<LocalPointHit> hits;
    hits.reserve(found->hits.size());
    for (const index::LocalHit& hit : found->hits) {
        const auto ordinal = static_cast<std::uint32_t>(hit.picture & (kMaxCodes - 1));
        hits.push_back({hit.picture >> kOrdinalBits, ordinal, hit.point, hit.query, hit.distance});
    }
    return hits;
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
        hits.push_back({key, hit.query, static_cast<std::uint32_t>(ordinal), hit.distance});
    }
    return hits;
}

}  // namespace refrain::evidence
