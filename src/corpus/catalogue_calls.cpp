#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log_line.h"
#include "corpus/corpus_impl.h"

namespace refrain {

namespace {

std::int64_t now_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

}  // namespace

ItemSummary corpus::summary_of(const store::StoredItem& row) {
    return {row.id,     row.name,         row.bank,        row.labels, row.media, row.is_partial,
            row.frames, row.record_bytes, row.added_at_us, row.source, row.state};
}

Result<void> corpus::check_page(std::size_t limit) {
    constexpr std::size_t kMost = 100'000;
    return limit >= 1 && limit <= kMost
               ? Result<void>()
               : Error{ErrorCode::kInvalidArgument, "a page has 1 to 100,000 entries"};
}

ItemPage Corpus::Impl::page_of(std::span<const store::StoredItem> rows,
                               std::span<const store::DamagedRow> damaged_rows) {
    ItemPage page;
    page.items.reserve(rows.size());
    for (const store::StoredItem& row : rows) {
        page.items.push_back(corpus::summary_of(row));
    }
    for (const store::DamagedRow& row : damaged_rows) {
        damage.note(row);
        page.damaged.push_back(corpus::damage_of(row));
    }
    return page;
}

void Corpus::Impl::guard_against_floods(const FindAnswer& answer) {
    if (!floods) {
        return;
    }
    std::vector<std::string> ids;
    for (const Match& match : answer.matches) {
        if (match.action == Action::kEnforce) {
            ids.push_back(match.id);
        }
    }
    std::vector<ItemEdit> edits;
    for (const std::string& id : floods->count(ids, std::chrono::steady_clock::now())) {
        ItemEdit edit;
        edit.id = id;
        edit.is_searched = Switch::kShadow;
        edits.push_back(std::move(edit));
    }
    if (edits.empty()) {
        return;
    }
    // A look-up has its answer, whether or not the corpus can be written now.
    const Author guard{"flood guard", "it matches far more often than before"};
    if (const auto done = store.edit(edits, guard); !done) {
        base::log(options.log, LogLevel::kWarn, "flood guard: items={} not set to shadow: {}",
                  edits.size(), done.error().message);
    }
}

Result<ItemPage> Corpus::list(const ItemFilter& filter,
                              ItemOrder order,
                              const std::string& after,
                              std::size_t limit) const {
    if (Result<void> sound = corpus::check_page(limit); !sound) {
        return sound.error();
    }
    Result<store::ItemPage> found = impl_->store.select({filter, order, after, limit, now_us()});
    if (!found) {
        return found.error();
    }
    ItemPage page = impl_->page_of(found->items, found->damaged);
    page.next = std::move(found->next);
    return page;
}

Result<std::optional<ItemDetails>> Corpus::details(std::string_view id) const {
    using Found = std::optional<ItemDetails>;
    const Result<std::optional<store::StoredItem>> row = impl_->store.item(id);
    if (!row) {
        return row.error();
    }
    if (!row->has_value()) {
        return Found();
    }
    Result<std::vector<SourceClaim>> claims = impl_->store.claims((*row)->key);
    if (!claims) {
        return claims.error();
    }
    Result<std::vector<FileDigest>> digests = impl_->store.digests((*row)->key);
    if (!digests) {
        return digests.error();
    }
    return Found({corpus::summary_of(**row), std::move(*claims), std::move(*digests)});
}

Result<std::optional<Fingerprint>> Corpus::known_fingerprint(std::string_view id) const {
    using Found = std::optional<Fingerprint>;
    const Result<std::optional<store::StoredItem>> row = impl_->store.item(id);
    if (!row) {
        return row.error();
    }
    if (!row->has_value()) {
        return Found();
    }
    const Result<store::RecordList> records = impl_->store.records(std::span(&(*row)->key, 1));
    if (!records) {
        return records.error();
    }
    if (records->items.empty()) {
        return records->damaged.empty()
                   ? Result<Found>(Found())
                   : Error{ErrorCode::kCorpusDamaged, records->damaged.front().problem};
    }
    Result<Fingerprint> fingerprint = decode_fingerprint(records->items.front().record);
    if (!fingerprint) {
        return Error{ErrorCode::kCorpusDamaged, fingerprint.error().message};
    }
    return Found(std::move(*fingerprint));
}

Result<std::vector<EditOutcome>> Corpus::edit(std::span<const ItemEdit> edits,
                                              const Author& author) {
    return impl_->told(impl_->store.edit(edits, author));
}

Result<std::vector<bool>> Corpus::remove(std::span<const std::string> ids, const Author& author) {
    return impl_->told(impl_->store.remove(ids, author));
}

Result<std::vector<WithdrawOutcome>> Corpus::withdraw(std::span<const Withdrawal> withdrawals,
                                                      const Author& author) {
    return impl_->told(impl_->store.withdraw(withdrawals, author));
}

Result<std::vector<BankSettings>> Corpus::bank_settings() const {
    return impl_->store.bank_settings();
}

Result<bool> Corpus::set_bank(const std::string& name, const BankEdit& edit, const Author& author) {
    return impl_->store.set_bank(name, edit, author);
}

Result<std::vector<LogEntry>> Corpus::log(std::uint64_t after, std::size_t limit) const {
    if (Result<void> sound = corpus::check_page(limit); !sound) {
        return sound.error();
    }
    Result<std::vector<store::Change>> changes = impl_->store.changes_after(after, limit);
    if (!changes) {
        return changes.error();
    }
    std::vector<LogEntry> entries;
    entries.reserve(changes->size());
    for (store::Change& change : *changes) {
        entries.push_back({change.sequence, change.kind, std::move(change.id), change.at_us,
                           std::move(change.author), std::move(change.detail)});
    }
    return entries;
}

Result<std::uint64_t> Corpus::last_change() const { return impl_->store.last_sequence(); }

}  // namespace refrain
