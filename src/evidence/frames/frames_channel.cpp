#include "evidence/frames/frames_channel.h"

#include <optional>
#include <utility>

#include "evidence/frames/seed_search.h"
#include "evidence/item_codes.h"
#include "evidence/item_work.h"
#include "index/hash_snapshot.h"
#include "index/live_index.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {

namespace {

// As many codes as one segment of the live index takes.
constexpr std::size_t kBulkCodes = std::size_t{1} << 24;

constexpr std::uint64_t kCodeRules =
    std::uint64_t{2} << 32 | static_cast<std::uint64_t>(verdict::kLeastSearchedQuality);

// A code costs 0.1 to 0.3 us to write, and some four times as much to take over.
SavedKind saved_kind() {
    return {FramesChannel::kSnapshotName, index::kHashSnapshot, kCodeRules, 96, 4};
}

}  // namespace

FramesChannel::FramesChannel(const ChannelOptions& options,
                             index::IndexChoice choice,
                             ItemSource& items)
    : choice_(std::move(choice)),
      threads_(options.threads),
      items_(items),
      index_(choice_.make(options.threads)),
      saved_(options.folder, saved_kind(), options.mark_of, options.log) {}

void FramesChannel::clear() {
    bulk_codes_.clear();
    bulk_ids_.clear();
    index_ = choice_.make(threads_);
    set_sequence(0);
}

Result<void> FramesChannel::add(const KnownItem& item) {
    if (Result<void> added = add_in_bulk(item); !added) {
        return added;
    }
    const std::vector<Hash256> codes = std::exchange(bulk_codes_, {});
    const std::vector<index::CodeId> ids = std::exchange(bulk_ids_, {});
    return index_->add(codes, ids);
}

Result<void> FramesChannel::add_in_bulk(const KnownItem& item) {
    const std::size_t frames = frame_count(item);
    if (Result<void> fits = check_codes(item, frames); !fits) {
        return fits;
    }
    saved_.count_change(work_of(item).frames);
    if (!bulk_codes_.empty() && bulk_codes_.size() + frames > kBulkCodes) {
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

Result<void> FramesChannel::finish_bulk() {
    return index_->add_bulk(std::exchange(bulk_codes_, {}), std::exchange(bulk_ids_, {}));
}

Result<void> FramesChannel::remove(std::int64_t key) {
    saved_.count_change(kWorkOfAnItem);
    if (!has_ids(key)) {
        return {};
    }
    const IdRange ids = ids_of(key);
    const Result<std::size_t> removed = index_->remove_between(ids.first, ids.last);
    return removed ? Result<void>() : Result<void>(removed.error());
}

bool FramesChannel::load(const std::stop_token& stop) {
    if (!choice_.is_live()) {
        return false;
    }
    const std::optional<index::Snapshot> snapshot = saved_.open();
    if (!snapshot) {
        return false;
    }
    Result<std::vector<index::LivePart>> parts = index::load_hash_parts(*snapshot, threads_, stop);
    if (!parts) {
        saved_.pass_over(parts.error());
        return false;
    }
    index_ =
        std::make_unique<index::LiveIndex>(index::live_options(threads_), std::move(parts).value());
    set_sequence(snapshot->tag().sequence);
    return true;
}

void FramesChannel::save_if_due(const std::stop_token& stop) {
    const auto* live = dynamic_cast<const index::LiveIndex*>(index_.get());
    if (live == nullptr) {
        return;
    }
    saved_.save_if_due(
        live->size(), sequence(),
        [state = live->state(), chosen = live->options(), stop](const auto& file, const auto& tag) {
            return index::write_hash_snapshot(file, tag, *state, chosen, stop);
        });
}

void FramesChannel::count_added(const Fingerprint& fingerprint) {
    added_work_ += work_of(fingerprint).frames;
}

std::unique_ptr<ChannelSearch> FramesChannel::search(const Query& query,
                                                     const FindOptions& options,
                                                     Depth /*depth*/) const {
    return std::make_unique<SeedSearch>(*this, items_, query, options);
}

void FramesChannel::add_stats(CorpusStats& stats) const {
    const index::IndexShape shape = index_->shape();
    stats.searchable_codes += codes();
    stats.index_bytes += index_->memory_bytes();
    stats.snapshot_bytes += saved_.bytes_on_disk();
    stats.index = choice_.name();
    stats.is_index_exact = choice_.is_exact(verdict::kMaxDistance);
    stats.index_segments = shape.segments;
    stats.index_tombstones = shape.tombstones;
}

Result<std::vector<FrameHit>> FramesChannel::near_codes(std::span<const Hash256> queries) const {
    const Result<std::vector<index::Hit>> found =
        index_->range_search(queries, verdict::kMaxDistance);
    if (!found) {
        return found.error();
    }
    std::vector<FrameHit> hits;
    hits.reserve(found->size());
    for (const index::Hit& hit : *found) {
        hits.push_back({key_of(hit.id), hit.query, ordinal_of(hit.id), hit.distance});
    }
    return hits;
}

}  // namespace refrain::evidence
