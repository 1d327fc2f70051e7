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
#include "corpus/item_work.h"
#include "index/hash_index.h"
#include "index/hash_snapshot.h"
#include "index/live_index.h"
#include "index/local_snapshot.h"

namespace refrain {

namespace {

std::unique_ptr<index::LiveLocalIndex> make_local(const CorpusOptions& options) {
    return std::make_unique<index::LiveLocalIndex>(index::local_options(options.threads));
}

const char* source_name(bool is_from_records) { return is_from_records ? "records" : "snapshot"; }

/// @return the last change that the items are as of
Result<std::uint64_t> each_item(const store::Store& store,
                                corpus::DamageLedger& damage,
                                const std::function<Result<void>(const evidence::KnownItem&)>& take,
                                const std::stop_token& stop,
                                const CountProgress& progress) {
    Result<store::Totals> totals = store.totals();
    if (!totals) {
        return totals.error();
    }
    Result<void> outcome;
    std::uint64_t done = 0;
    const auto goes_on = [&] {
        if (progress) {
            progress(++done, totals->items);
        }
        if (stop.stop_requested()) {
            outcome = Error{ErrorCode::kCancelled, "stopped while opening the corpus"};
        }
        return outcome.ok();
    };
    Result<store::Store::Snapshot> read =
        store.each_record({[&](const store::StoredItem& row, std::span<const std::byte> record) {
                               const Result<evidence::KnownItem> item =
                                   corpus::known_item(row, record);
                               if (item) {
                                   outcome = take(*item);
                               } else {
                                   damage.note({row.key, row.id, row.source, item.error().message});
                               }
                               return goes_on();
                           },
                           [&](const store::DamagedRow& row) {
                               damage.note(row);
                               return goes_on();
                           }});
    if (!outcome) {
        return outcome.error();
    }
    if (!read) {
        return read.error();
    }
    return read->last_sequence;
}

}  // namespace

Corpus::Impl::Impl(const std::filesystem::path& folder,
                   store::Store opened,
                   const CorpusOptions& chosen,
                   index::IndexChoice choice)
    : store(std::move(opened)),
      options(chosen),
      index_choice(std::move(choice)),
      damage(chosen.log),
      known(index_choice.make(chosen.threads),
            make_local(chosen),
            std::make_shared<corpus::ItemCache>(store, damage)),
      saved_frames_(folder, corpus::saved_frames(), store, chosen.log),
      saved_local_(folder, corpus::saved_local(), store, chosen.log) {}

void Corpus::Impl::use(std::unique_ptr<index::HashIndex> index) {
    known = evidence::KnownSet(std::move(index), make_local(options),
                               std::make_shared<corpus::ItemCache>(store, damage));
}

Result<void> Corpus::Impl::load(IndexScope scope,
                                const std::stop_token& stop,
                                const CountProgress& progress) {
    const auto missing = [&] {
        return Parts{!is_loaded, scope == IndexScope::kAll && !has_local};
    };
    if (!missing().any()) {
        return {};
    }
    const std::scoped_lock lock(change_mutex_);
    const Parts parts = missing();
    if (!parts.any()) {
        return {};
    }
    if (Result<void> filled = fill(parts, stop, progress); !filled) {
        clear(parts);
        return filled;
    }
    save_if_due(stop);
    is_loaded = true;
    has_local = follows_local_;
    return {};
}

/// Leaves these parts of `known` empty. Frames go before anything is searched, and take the local
/// codes with them.
void Corpus::Impl::clear(Parts parts) {
    if (parts.frames) {
        use(index_choice.make(options.threads));
        sequence = 0;
    }
    if (parts.local) {
        known.adopt_local({});
        follows_local_ = false;
        local_sequence_ = 0;
    }
}

Result<void> Corpus::Impl::fill(Parts parts,
                                const std::stop_token& stop,
                                const CountProgress& progress) {
    Parts unread = parts;
    unread.frames = parts.frames && !adopt_frames(stop);
    unread.local = parts.local && !adopt_local(stop);
    Result<void> filled = read_records(unread, stop, progress);
    if (filled) {
        filled = follow_log(stop, progress);
    }
    const bool has_snapshot = unread.frames != parts.frames || unread.local != parts.local;
    if (!filled && has_snapshot && !stop.stop_requested()) {
        // What follows the snapshots cannot be read; perhaps the records can.
        clear(parts);
        unread = parts;
        filled = read_records(parts, stop, progress);
        if (filled) {
            filled = follow_log(stop, progress);
        }
    }
    if (filled && parts.frames) {
        base::log(options.log, LogLevel::kInfo, "opened codes={} generation={} from={}",
                  known.codes(), sequence.load(), source_name(unread.frames));
    }
    if (filled && parts.local) {
        base::log(options.log, LogLevel::kInfo, "opened local_codes={} generation={} source={}",
                  known.local_codes(), local_sequence_, source_name(unread.local));
    }
    return filled;
}

bool Corpus::Impl::adopt_frames(const std::stop_token& stop) {
    if (!index_choice.is_live()) {
        return false;
    }
    const std::optional<index::Snapshot> snapshot = saved_frames_.open();
    if (!snapshot) {
        return false;
    }
    Result<std::vector<index::LivePart>> parts =
        index::load_hash_parts(*snapshot, options.threads, stop);
    if (!parts) {
        saved_frames_.pass_over(parts.error());
        return false;
    }
    use(std::make_unique<index::LiveIndex>(index::live_options(options.threads),
                                           std::move(parts).value()));
    sequence = snapshot->tag().sequence;
    return true;
}

bool Corpus::Impl::adopt_local(const std::stop_token& stop) {
    const std::optional<index::Snapshot> snapshot = saved_local_.open();
    if (!snapshot) {
        return false;
    }
    Result<std::vector<index::LocalPart>> parts =
        index::load_local_parts(*snapshot, options.threads, stop);
    if (!parts) {
        saved_local_.pass_over(parts.error());
        return false;
    }
    known.adopt_local(std::move(parts).value());
    follows_local_ = true;
    local_sequence_ = snapshot->tag().sequence;
    return true;
}

Result<void> Corpus::Impl::read_records(Parts parts,
                                        const std::stop_token& stop,
                                        const CountProgress& progress) {
    if (!parts.any()) {
        return {};
    }
    const Result<std::uint64_t> last = each_item(
        store, damage, [&](const evidence::KnownItem& item) { return take_in_bulk(parts, item); },
        stop, progress);
    if (!last) {
        return last.error();
    }
    if (parts.local) {
        follows_local_ = true;
        local_sequence_ = *last;
        if (Result<void> finished = known.finish_local_bulk(); !finished) {
            return finished;
        }
    }
    if (parts.frames) {
        sequence = *last;
        return known.finish_bulk();
    }
    return {};
}

Result<void> Corpus::Impl::take_in_bulk(Parts parts, const evidence::KnownItem& item) {
    const corpus::ItemWork work = corpus::work_of(item);
    if (parts.local) {
        saved_local_.count_change(work.local);
        if (Result<void> added = known.add_local_in_bulk(item); !added) {
            return added;
        }
    }
    if (parts.frames) {
        saved_frames_.count_change(work.frames);
        return known.add_in_bulk(item);
    }
    return {};
}

void Corpus::Impl::count_added(const Fingerprint& fingerprint) {
    const corpus::ItemWork work = corpus::work_of(fingerprint);
    added_work_ += work.frames;
    added_local_work_ += work.local;
}

std::uint64_t Corpus::Impl::snapshot_bytes() const {
    return saved_frames_.bytes_on_disk() + saved_local_.bytes_on_disk();
}

bool Corpus::Impl::has_added_much() const {
    return saved_frames_.would_be_due(added_work_) || saved_local_.would_be_due(added_local_work_);
}

}  // namespace refrain
