#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <utility>
#include <vector>

#include "base/log.h"
#include "corpus/corpus_impl.h"
#include "index/hash_index.h"

namespace refrain {

namespace {

// How many log entries are taken over in one step, so that a reader far behind stays responsive.
constexpr std::size_t kChangesPerStep = 1000;

std::unique_ptr<index::HashIndex> make_index(const CorpusOptions& options) {
    return options.index == IndexKind::kFlat ? index::make_flat_index(options.threads)
                                             : index::make_live_index(options.threads);
}

corpus::KnownItem known_item(const store::StoredItem& row) {
    corpus::KnownItem item;
    item.key = row.key;
    item.id = row.id;
    item.name = row.name;
    item.bank = row.bank;
    item.labels = row.labels;
    item.kind = row.media.kind;
    item.duration = row.media.duration;
    item.sha256 = row.media.digest.sha256;
    return item;
}

Result<void> make_known(corpus::KnownSet& known,
                        const store::StoredItem& row,
                        std::span<const std::byte> record) {
    Result<Fingerprint> fingerprint = decode_fingerprint(record);
    if (!fingerprint) {
        return Error{ErrorCode::kCorpusDamaged,
                     "record of item " + row.id + ": " + fingerprint.error().message};
    }
    return known.add(known_item(row), fingerprint->frames);
}

}  // namespace

Corpus::Impl::Impl(store::Store opened, const CorpusOptions& chosen)
    : store(std::move(opened)), options(chosen), known(make_index(chosen)) {}

Result<void> Corpus::Impl::load(const std::stop_token& stop, const CountProgress& progress) {
    {
        const std::shared_lock lock(mutex);
        if (is_loaded) {
            return {};
        }
    }
    const std::unique_lock lock(mutex);
    if (is_loaded) {
        return {};
    }
    Result<store::Totals> totals = store.totals();
    if (!totals) {
        return totals.error();
    }
    Result<void> failed;
    std::uint64_t done = 0;
    Result<store::Store::Snapshot> read =
        store.each_record([&](const store::StoredItem& row, std::span<const std::byte> record) {
            if (stop.stop_requested()) {
                failed = Error{ErrorCode::kCancelled, "stopped while opening the corpus"};
                return false;
            }
            failed = make_known(known, row, record);
            if (progress) {
                progress(++done, totals->items);
            }
            return failed.ok();
        });
    if (!failed || !read) {
        known = corpus::KnownSet(make_index(options));
        return failed ? read.error() : failed;
    }
    is_loaded = true;
    sequence = read->last_sequence;
    base::log(options.log, LogLevel::kInfo, "opened items={} codes={} generation={}", known.items(),
              known.codes(), sequence);
    return {};
}

Result<void> Corpus::Impl::apply(const store::Change& change) {
    if (change.kind == store::ChangeKind::kRemove) {
        return known.remove(change.key);
    }
    if (known.find(change.key) != nullptr) {
        return {};
    }
    Result<std::optional<store::StoredItem>> row = store.item(change.key);
    if (!row) {
        return row.error();
    }
    Result<std::optional<std::vector<std::byte>>> record = store.record(change.key);
    if (!record) {
        return record.error();
    }
    if (!row->has_value() || !record->has_value()) {
        return {};  // removed since; a later entry of the log says so
    }
    return make_known(known, **row, **record);
}

Result<void> Corpus::Impl::catch_up() {
    if (Result<void> loaded = load({}, {}); !loaded) {
        return loaded;
    }
    Result<std::uint64_t> last = store.last_sequence();
    if (!last) {
        return last.error();
    }
    {
        const std::shared_lock lock(mutex);
        if (*last <= sequence) {
            return {};
        }
    }
    const std::unique_lock lock(mutex);
    while (sequence < *last) {
        Result<std::vector<store::Change>> changes = store.changes_after(sequence, kChangesPerStep);
        if (!changes) {
            return changes.error();
        }
        if (changes->empty()) {
            return Error{ErrorCode::kCorpusDamaged, "the log of changes has a gap"};
        }
        for (const store::Change& change : *changes) {
            if (Result<void> applied = apply(change); !applied) {
                return applied;
            }
            sequence = change.sequence;
        }
    }
    return {};
}

}  // namespace refrain
