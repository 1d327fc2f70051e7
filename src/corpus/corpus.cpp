#include "refrain/corpus.h"

#include <algorithm>
#include <utility>

#include "corpus/bank_names.h"
#include "corpus/corpus_impl.h"
#include "corpus/item_id.h"
#include "corpus/look_up.h"
#include "corpus/policy.h"
#include "store/location.h"

namespace refrain {

namespace {

store::Mode mode_of(CorpusMode mode) {
    switch (mode) {
        case CorpusMode::kReadOnly:
            return store::Mode::kReadOnly;
        case CorpusMode::kReadWrite:
            return store::Mode::kReadWrite;
        case CorpusMode::kCreate:
            return store::Mode::kCreate;
    }
    return store::Mode::kReadOnly;
}

/// Of all parts.
std::uint64_t frames_of(const Fingerprint& fingerprint) {
    std::uint64_t frames = fingerprint.frames.size();
    for (const Fingerprint& part : fingerprint.more_parts) {
        frames += part.frames.size();
    }
    return frames;
}

Result<store::NewRow> row_of(const NewItem& item) {
    if (item.bank.empty()) {
        return Error{ErrorCode::kInvalidArgument, "the name of a bank cannot be empty"};
    }
    store::NewRow row;
    const Sha256& bytes = item.fingerprint.media.digest.sha256;
    row.id = item.id.empty() ? corpus::derive_id(item.bank, bytes) : item.id;
    row.bank = item.bank;
    row.name = item.name;
    row.source = item.source;
    row.labels = item.labels;
    row.claims = item.claims;
    row.may_rename = item.id.empty();
    row.disabled_until_us = item.disabled_until_us;
    row.media = item.fingerprint.media;
    row.is_partial = is_partial(item.fingerprint);
    row.frames = frames_of(item.fingerprint);
    row.digests = item.fingerprint.digests;
    // Also what is left out of the record must be sound.
    if (Result<void> sound = check_fingerprint(item.fingerprint); !sound) {
        return sound.error();
    }
    Result<std::vector<std::byte>> record = encode_fingerprint(known_side(item.fingerprint));
    if (!record) {
        return record.error();
    }
    row.record = std::move(record).value();
    return row;
}

// Half a second of reading; `stats` is to be quick.
constexpr std::uint64_t kMaxBytesToRead = std::uint64_t{128} << 20;

/// Notes what is damaged among all records.
Result<void> read_all(const store::Catalogue& store, corpus::DamageLedger& damage) {
    const Result<store::Catalogue::Snapshot> read = store.each_record(
        {[&](const store::StoredItem& row, std::span<const std::byte> record) {
             if (std::string problem = corpus::problem_of(row, record); !problem.empty()) {
                 damage.note({row.key, row.id, row.source, std::move(problem)});
             }
             return true;
         },
         [&](const store::DamagedRow& row) {
             damage.note(row);
             return true;
         }});
    return read ? Result<void>() : Result<void>(read.error());
}

/// Whether a known record can be believed; the row's bytes are those that are added again.
bool is_record_of(const store::NewRow& row, std::span<const std::byte> record) {
    const Result<Fingerprint> fingerprint = decode_fingerprint(record);
    return fingerprint && fingerprint->media.digest.sha256 == row.media.digest.sha256;
}

}  // namespace

Corpus::Corpus(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Corpus::Corpus(Corpus&&) noexcept = default;
Corpus& Corpus::operator=(Corpus&&) noexcept = default;
Corpus::~Corpus() = default;

Result<Corpus> Corpus::open(const std::string& location,
                            CorpusMode mode,
                            const CorpusOptions& options) {
    if (options.threads < 1) {
        return Error{ErrorCode::kInvalidArgument, "a corpus needs at least one thread"};
    }
    if (Result<void> named = check_index_name(options.index); !named) {
        return named.error();
    }
    const Result<store::Location> place = store::Location::parse(location);
    if (!place) {
        return place.error();
    }
    Result<std::unique_ptr<store::Catalogue>> opened =
        store::open_catalogue(*place, mode_of(mode), {options.busy_wait, options.log});
    if (!opened) {
        return std::move(opened).error();
    }
    auto impl = std::make_unique<Impl>(std::move(opened).value(), options);
    if (Result<void> made = impl->make_channels(place->folder()); !made) {
        return made.error();
    }
    return Corpus(std::move(impl));
}

Result<void> Corpus::prepare(const std::stop_token& stop,
                             const CountProgress& progress,
                             IndexScope scope) const {
    return impl_->load(scope, stop, progress);
}

Result<void> Corpus::finish_adding(const std::stop_token& stop, const CountProgress& progress) {
    if (!impl_->has_added_much()) {
        return {};
    }
    if (Result<void> loaded = impl_->load(IndexScope::kAll, stop, progress); !loaded) {
        return loaded;
    }
    return impl_->catch_up();
}

namespace {

AddOutcome outcome_of(const store::PutOutcome& put, const NewItem& item) {
    AddOutcome outcome;
    outcome.status = put.is_stale    ? AddStatus::kStale
                     : put.was_known ? AddStatus::kExists
                                     : AddStatus::kAdded;
    outcome.id = put.id;
    outcome.record_bytes = put.record_bytes;
    outcome.frames = put.frames;
    outcome.is_searchable = evidence::is_searchable(item.fingerprint);
    outcome.made_bank = put.made_bank;
    outcome.is_healed = put.was_replaced;
    outcome.has_new_labels = put.has_new_labels;
    outcome.has_new_claims = put.has_new_claims;
    return outcome;
}

}  // namespace

Result<std::vector<AddOutcome>> Corpus::add(std::span<const NewItem> items,
                                            const AddOptions& options) {
    std::vector<store::NewRow> rows;
    rows.reserve(items.size());
    for (const NewItem& item : items) {
        Result<store::NewRow> row = row_of(item);
        if (!row) {
            return std::move(row).error();
        }
        rows.push_back(std::move(row).value());
    }
    Result<std::vector<store::PutOutcome>> put = impl_->store.put(
        rows, store::Catalogue::PutOptions{is_record_of, options.author, options.labels});
    if (!put) {
        return std::move(put).error();
    }
    std::vector<AddOutcome> outcomes;
    outcomes.reserve(put->size());
    for (std::size_t i = 0; i < put->size(); ++i) {
        outcomes.push_back(outcome_of((*put)[i], items[i]));
        if (outcomes.back().status == AddStatus::kAdded) {
            impl_->count_added(items[i].fingerprint);
        }
    }
    impl_->tell_follower();
    return outcomes;
}

Result<std::optional<KnownBytes>> Corpus::find_bytes(std::string_view bank,
                                                     const Sha256& sha256) const {
    using Found = std::optional<KnownBytes>;
    Result<std::optional<store::StoredItem>> row = impl_->store.find_bytes(bank, sha256);
    if (!row) {
        return std::move(row).error();
    }
    if (!row->has_value()) {
        return Found();
    }
    const Result<store::RecordList> records = impl_->store.records(std::span(&(*row)->key, 1));
    if (!records) {
        return records.error();
    }
    if (records->items.empty()) {
        return Found();  // damaged, or removed meanwhile
    }
    const Result<Fingerprint> fingerprint = decode_fingerprint(records->items.front().record);
    if (!fingerprint || fingerprint->media.digest.sha256 != sha256) {
        return Found();
    }
    return Found({corpus::summary_of(**row), evidence::is_searchable(*fingerprint)});
}

Result<std::optional<ItemSummary>> Corpus::item(std::string_view id) const {
    using Found = std::optional<ItemSummary>;
    const Result<std::optional<store::StoredItem>> row = impl_->store.item(id);
    if (!row) {
        return row.error();
    }
    return row->has_value() ? Found(corpus::summary_of(**row)) : Found();
}

Result<std::vector<std::string>> Corpus::banks() const { return impl_->store.banks(); }

Result<void> Corpus::check_banks(std::span<const std::string> names) const {
    if (names.empty()) {
        return {};
    }
    const Result<std::vector<std::string>> banks = impl_->store.banks();
    return banks ? corpus::check_banks(names, *banks) : Result<void>(banks.error());
}

Result<bool> Corpus::has_hash_lists() const {
    if (Result<void> fresh = impl_->catch_up(); !fresh) {
        return fresh.error();
    }
    return std::any_of(impl_->channels.begin(), impl_->channels.end(), [](const auto& channel) {
        return channel->codes_of_query() == CodeKind::kExactPdq && channel->codes() > 0;
    });
}

IndexPosition Corpus::position() const {
    const std::uint64_t followed = impl_->followed();
    return {followed, std::max(followed, impl_->newest_heard())};
}

Result<FindAnswer> Corpus::find(const Fingerprint& query,
                                const FindOptions& options,
                                const std::stop_token& stop) const {
    // A page of a snapshot may be damaged, which shows only when it is read; the records are not.
    // What was answered beside that, or while an index was filled anew, counts for nothing.
    constexpr int kAttempts = 3;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const std::uint64_t before = impl_->times_filled_anew;
        Result<FindAnswer> answer = impl_->find(query, options, stop);
        if (!impl_->has_damaged_channel() && impl_->times_filled_anew == before) {
            return answer;
        }
        if (Result<void> filled = impl_->fill_damaged_anew(stop); !filled) {
            return filled.error();
        }
    }
    return Error{ErrorCode::kCorpusDamaged,
                 "the snapshots of the indexes are damaged again and again"};
}

Result<FindAnswer> Corpus::Impl::find(const Fingerprint& query,
                                      const FindOptions& asked,
                                      const std::stop_token& stop) {
    Result<std::vector<BankSettings>> banks = store.bank_settings();
    if (!banks) {
        return banks.error();
    }
    std::vector<std::string> names;
    for (const BankSettings& bank : *banks) {
        names.push_back(bank.name);
    }
    if (Result<void> wanted = corpus::check_banks(asked.banks, names); !wanted) {
        return wanted.error();
    }
    if (Result<void> fresh = catch_up(); !fresh) {
        return fresh.error();
    }
    if (Result<void> loaded = load(query, stop, {}); !loaded) {
        return loaded.error();
    }
    const corpus::Policy policy(std::move(*banks));
    corpus::LookUpRequest request{asked, policy.searched(asked.banks), stop, &policy};
    // Without names all banks are searched, and no item need be read to know its bank.
    request.options.banks =
        request.banks.size() == names.size() ? std::vector<std::string>() : request.banks;
    if (request.banks.empty() && !names.empty()) {
        FindAnswer none;
        none.action = Action::kNone;
        none.status = is_partial(query) ? FindStatus::kPartial : FindStatus::kNoMatch;
        return none;  // all that was asked for is off
    }
    Result<FindAnswer> answer = corpus::look_up({channels, items}, query, request);
    if (answer) {
        answer->damaged_items = damage.count();
        guard_against_floods(*answer);
    }
    return answer;
}

Result<ItemPage> Corpus::list(std::string_view after, std::size_t limit) const {
    if (Result<void> sound = corpus::check_page(limit); !sound) {
        return sound.error();
    }
    Result<store::ItemList> found = impl_->store.items_after(after, limit);
    if (!found) {
        return found.error();
    }
    ItemPage page = impl_->page_of(found->items, found->damaged);
    if (found->items.size() + found->damaged.size() == limit) {
        page.next = found->last_id;
    }
    return page;
}

Result<void> Corpus::list(const std::function<bool(const ItemSummary&)>& visit) const {
    if (!visit) {
        return Error{ErrorCode::kInvalidArgument, "a list needs a visitor"};
    }
    constexpr std::size_t kItemsPerPage = 1000;
    std::string after;
    do {
        const Result<ItemPage> page = list(after, kItemsPerPage);
        if (!page) {
            return page.error();
        }
        for (const ItemSummary& item : page->items) {
            if (!visit(item)) {
                return {};
            }
        }
        after = page->next;
    } while (!after.empty());
    return {};
}

Result<CorpusStats> Corpus::stats() const {
    if (Result<void> loaded = impl_->load(IndexScope::kAll, {}, {}); !loaded) {
        return loaded.error();
    }
    if (Result<void> fresh = impl_->catch_up(); !fresh) {
        return fresh.error();
    }
    Result<store::Totals> totals = impl_->store.totals();
    if (!totals) {
        return totals.error();
    }
    CorpusStats stats;
    stats.has_read_records = totals->record_bytes <= kMaxBytesToRead;
    if (stats.has_read_records) {
        if (Result<void> read = read_all(impl_->store, impl_->damage); !read) {
            return read.error();
        }
    }
    stats.items = totals->items;
    stats.images = totals->images;
    stats.videos = totals->videos;
    stats.frames = totals->frames;
    stats.video_duration = totals->video_duration;
    stats.record_bytes = totals->record_bytes;
    stats.video_record_bytes = totals->video_record_bytes;
    stats.store_bytes = totals->file_bytes;
    stats.schema_version = totals->schema_version;
    for (const store::BankCount& bank : totals->banks) {
        stats.banks.push_back({bank.bank, bank.items, bank.frames});
    }
    stats.with_source = totals->with_source;
    stats.damaged_items = impl_->damage.count();
    stats.damaged = impl_->damage.listed();
    stats.generation = impl_->followed();
    for (const std::unique_ptr<evidence::Channel>& channel : impl_->channels) {
        channel->add_stats(stats);
    }
    return stats;
}

}  // namespace refrain
