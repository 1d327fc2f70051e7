#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/log.h"
#include "corpus/corpus_impl.h"
#include "corpus/item_cache.h"
#include "index/hash_index.h"
#include "index/live_index.h"

namespace refrain {

namespace {

// How many log entries are taken over in one step, so that a reader far behind stays responsive.
constexpr std::size_t kChangesPerStep = 1000;

std::unique_ptr<index::HashIndex> make_index(const CorpusOptions& options) {
    return options.index == IndexKind::kFlat ? index::make_flat_index(options.threads)
                                             : index::make_live_index(options.threads);
}

}  // namespace

Corpus::Impl::Impl(const std::filesystem::path& folder,
                   store::Store opened,
                   const CorpusOptions& chosen)
    : store(std::move(opened)),
      options(chosen),
      known(make_index(chosen),
            index::make_local_index(chosen.threads),
            std::make_shared<corpus::ItemCache>(store)),
      saved_(folder, store, chosen.log) {}

void Corpus::Impl::use(std::unique_ptr<index::HashIndex> index) {
    known = corpus::KnownSet(std::move(index), index::make_local_index(options.threads),
                             std::make_shared<corpus::ItemCache>(store));
}

Result<void> Corpus::Impl::load(const std::stop_token& stop, const CountProgress& progress) {
    if (is_loaded) {
        return {};
    }
    const std::scoped_lock lock(change_mutex_);
    if (is_loaded) {
        return {};
    }
    const bool is_from_snapshot = load_snapshot(stop, progress);
    if (!is_from_snapshot) {
        if (Result<void> read = load_records(stop, progress); !read) {
            use(make_index(options));
            return read;
        }
    }
    save_if_due(stop);
    base::log(options.log, LogLevel::kInfo, "opened codes={} generation={} from={}", known.codes(),
              sequence.load(), is_from_snapshot ? "snapshot" : "records");
    is_loaded = true;
    return {};
}

bool Corpus::Impl::load_snapshot(const std::stop_token& stop, const CountProgress& progress) {
    if (options.index != IndexKind::kLive) {
        return false;
    }
    std::optional<corpus::SavedIndex::Loaded> found =
        saved_.load(index::live_options(options.threads), stop);
    if (!found) {
        return false;
    }
    use(std::move(found->index));
    sequence = found->sequence;
    const Result<std::uint64_t> last = store.last_sequence();
    if (last && follow_log(*last, stop, progress)) {
        return true;
    }
    use(make_index(options));
    return false;
}

void Corpus::Impl::save_if_due(const std::stop_token& stop) {
    if (const auto* live = dynamic_cast<const index::LiveIndex*>(&known.index())) {
        saved_.save_if_due(*live, sequence, stop);
    }
}

Result<std::uint64_t> Corpus::Impl::each_item(
    const std::function<Result<void>(const corpus::KnownItem&)>& take,
    const std::stop_token& stop,
    const CountProgress& progress) {
    Result<store::Totals> totals = store.totals();
    if (!totals) {
        return totals.error();
    }
    Result<void> outcome;
    std::uint64_t done = 0;
    Result<store::Store::Snapshot> read =
        store.each_record([&](const store::StoredItem& row, std::span<const std::byte> record) {
            if (stop.stop_requested()) {
                outcome = Error{ErrorCode::kCancelled, "stopped while opening the corpus"};
                return false;
            }
            const Result<corpus::KnownItem> item = corpus::known_item(row, record);
            outcome = item ? take(*item) : Result<void>(item.error());
            if (progress) {
                progress(++done, totals->items);
            }
            return outcome.ok();
        });
    if (!outcome) {
        return outcome.error();
    }
    if (!read) {
        return read.error();
    }
    return read->last_sequence;
}

Result<void> Corpus::Impl::load_records(const std::stop_token& stop,
                                        const CountProgress& progress) {
    const Result<std::uint64_t> last = each_item(
        [this](const corpus::KnownItem& item) {
            saved_.count_change(item.frames.size());
            return known.add_in_bulk(item);
        },
        stop, progress);
    if (!last) {
        return last.error();
    }
    sequence = *last;
    return known.finish_bulk();
}

Result<void> Corpus::Impl::load_local(const std::stop_token& stop, const CountProgress& progress) {
    if (has_local) {
        return {};
    }
    const std::scoped_lock lock(change_mutex_);
    if (has_local) {
        return {};
    }
    const Result<std::uint64_t> last =
        each_item([this](const corpus::KnownItem& item) { return known.add_local_in_bulk(item); },
                  stop, progress);
    Result<void> finished = last ? known.finish_local_bulk() : Result<void>(last.error());
    if (!finished) {
        known.drop_local(index::make_local_index(options.threads));
        return finished;
    }
    local_sequence_ = *last;
    has_local = true;
    base::log(options.log, LogLevel::kInfo, "opened local_codes={} generation={}",
              known.local_codes(), local_sequence_);
    return {};
}

Result<void> Corpus::Impl::apply(const store::Change& change) {
    if (change.kind == store::ChangeKind::kRemove) {
        saved_.count_change(0);
        return known.remove(change.key);
    }
    const Result<corpus::KnownItemPtr> item = known.find(change.key);
    if (!item) {
        return item.error();
    }
    if (*item == nullptr) {
        return {};  // removed since; a later entry of the log says so
    }
    saved_.count_change((*item)->frames.size());
    if (has_local && change.sequence > local_sequence_) {
        if (Result<void> added = known.add_local(**item); !added) {
            return added;
        }
    }
    return known.add(**item);
}

Result<void> Corpus::Impl::catch_up() {
    if (Result<void> loaded = load({}, {}); !loaded) {
        return loaded;
    }
    Result<std::uint64_t> last = store.last_sequence();
    if (!last) {
        return last.error();
    }
    if (*last <= sequence) {
        return {};
    }
    const std::scoped_lock lock(change_mutex_);
    Result<void> followed = follow_log(*last, {}, {});
    save_if_due({});
    return followed;
}

Result<void> Corpus::Impl::follow_log(std::uint64_t last,
                                      const std::stop_token& stop,
                                      const CountProgress& progress) {
    const std::uint64_t from = sequence;
    while (sequence < last) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while opening the corpus"};
        }
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
            if (progress) {
                progress(change.sequence - from, std::max(last, change.sequence) - from);
            }
        }
    }
    return {};
}

}  // namespace refrain
