#include "evidence/code_index.h"

#include <utility>

#include "evidence/item_codes.h"
#include "evidence/item_work.h"
#include "index/hash_snapshot.h"
#include "index/live_index.h"

namespace refrain::evidence {

namespace {

// As many codes as one segment of the live index takes.
constexpr std::size_t kBulkCodes = std::size_t{1} << 24;

}  // namespace

std::set<std::int64_t> items_of(std::span<const FrameHit> hits) {
    std::set<std::int64_t> keys;
    for (const FrameHit& hit : hits) {
        keys.insert(hit.key);
    }
    return keys;
}

CodeIndex::CodeIndex(const ChannelOptions& options,
                     index::IndexChoice choice,
                     CodeKind kind,
                     CodeSource source,
                     const SavedKind& saved)
    : choice_(std::move(choice)),
      kind_(kind),
      source_(source),
      threads_(options.threads),
      index_(choice_.make(options.threads)),
      saved_(options.folder, saved, options.mark_of, options.log) {}

void CodeIndex::clear() {
    bulk_codes_.clear();
    bulk_ids_.clear();
    index_ = choice_.make(threads_);
}

Result<void> CodeIndex::add(const KnownItem& item) {
    if (Result<void> added = add_in_bulk(item); !added) {
        return added;
    }
    const std::vector<Hash256> codes = std::exchange(bulk_codes_, {});
    const std::vector<index::CodeId> ids = std::exchange(bulk_ids_, {});
    return index_->add(codes, ids);
}

Result<void> CodeIndex::add_in_bulk(const KnownItem& item) {
    if (item.codes != kind_) {
        saved_.count_change(kWorkOfAnItem);
        return {};
    }
    const std::size_t codes =
        source_ == CodeSource::kFrames ? frame_count(item) : picture_count(item);
    if (Result<void> fits = check_codes(item, codes); !fits) {
        return fits;
    }
    saved_.count_change(work_of(item).frames);
    if (!bulk_codes_.empty() && bulk_codes_.size() + codes > kBulkCodes) {
        if (Result<void> added = finish_bulk(); !added) {
            return added;
        }
    }
    gather(item);
    return {};
}

void CodeIndex::gather(const KnownItem& item) {
    std::size_t ordinal = 0;
    const auto take = [&](const Hash256& code) {
        bulk_codes_.push_back(code);
        bulk_ids_.push_back(code_id(item.key, ordinal));
    };
    each_part(item, [&](const KnownItem& part) {
        if (source_ == CodeSource::kFrames) {
            for (const KnownFrame& frame : part.frames) {
                take(frame.hash);
                ++ordinal;
            }
            return;
        }
        for (const LocalFrame& picture : part.local) {
            if (picture.edges) {
                take(*picture.edges);
            }
            ++ordinal;
        }
    });
}

Result<void> CodeIndex::finish_bulk() {
    return index_->add_bulk(std::exchange(bulk_codes_, {}), std::exchange(bulk_ids_, {}));
}

Result<void> CodeIndex::remove(std::int64_t key) {
    saved_.count_change(kWorkOfAnItem);
    if (!has_ids(key)) {
        return {};
    }
    const IdRange ids = ids_of(key);
    const Result<std::size_t> removed = index_->remove_between(ids.first, ids.last);
    return removed ? Result<void>() : Result<void>(removed.error());
}

std::optional<std::uint64_t> CodeIndex::load(const std::stop_token& stop) {
    if (!choice_.is_live()) {
        return std::nullopt;
    }
    const std::optional<index::Snapshot> snapshot = saved_.open();
    if (!snapshot) {
        return std::nullopt;
    }
    Result<std::vector<index::LivePart>> parts = index::load_hash_parts(*snapshot, threads_, stop);
    if (!parts) {
        saved_.pass_over(parts.error());
        return std::nullopt;
    }
    index_ =
        std::make_unique<index::LiveIndex>(index::live_options(threads_), std::move(parts).value());
    return snapshot->tag().sequence;
}

void CodeIndex::save_if_due(std::uint64_t sequence, const std::stop_token& stop) {
    const auto* live = dynamic_cast<const index::LiveIndex*>(index_.get());
    if (live == nullptr) {
        return;
    }
    saved_.save_if_due(
        live->size(), sequence,
        [state = live->state(), chosen = live->options(), stop](const auto& file, const auto& tag) {
            return index::write_hash_snapshot(file, tag, *state, chosen, stop);
        });
}

void CodeIndex::count_added(const Fingerprint& fingerprint) {
    if (fingerprint.codes == kind_) {
        added_work_ += work_of(fingerprint).frames;
    }
}

void CodeIndex::add_stats(CorpusStats& stats) const {
    const index::IndexShape shape = index_->shape();
    stats.searchable_codes += codes();
    stats.index_bytes += index_->memory_bytes();
    stats.snapshot_bytes += saved_.bytes_on_disk();
    stats.index_segments += shape.segments;
    stats.index_tombstones += shape.tombstones;
}

Result<std::vector<FrameHit>> CodeIndex::near_codes(std::span<const Hash256> queries,
                                                    int radius) const {
    const Result<std::vector<index::Hit>> found = index_->range_search(queries, radius);
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
