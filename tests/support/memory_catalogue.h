#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "store/catalogue.h"
#include "store/edit_text.h"
#include "store/page_cursor.h"
#include "store/row_check.h"

namespace refrain::test {

/// A catalogue in memory, written to be obviously right: the model of the others.
class MemoryCatalogue final : public store::Catalogue {
  public:
    using Catalogue::put;
    Result<std::vector<store::PutOutcome>> put(std::span<const store::NewRow> rows,
                                               const PutOptions& options) override {
        const std::scoped_lock lock(mutex_);
        State next = state_;
        std::vector<store::PutOutcome> outcomes;
        for (const store::NewRow& row : rows) {
            if (Result<void> checked = store::check_row(row); !checked) {
                return checked.error();
            }
            Result<store::PutOutcome> outcome = put_one(next, row, options);
            if (!outcome) {
                return outcome.error();
            }
            outcomes.push_back(std::move(*outcome));
        }
        state_ = std::move(next);
        return outcomes;
    }

    using Catalogue::remove;
    Result<std::vector<bool>> remove(std::span<const std::string> ids,
                                     const Author& author) override {
        const std::scoped_lock lock(mutex_);
        std::vector<bool> known;
        for (const std::string& id : ids) {
            known.push_back(remove_one(state_, id, author));
        }
        return known;
    }

    Result<std::vector<EditOutcome>> edit(std::span<const ItemEdit> edits,
                                          const Author& author) override {
        const std::scoped_lock lock(mutex_);
        for (const ItemEdit& edit : edits) {
            if (Result<void> checked = store::check_edit(edit); !checked) {
                return checked.error();
            }
        }
        std::vector<EditOutcome> outcomes;
        for (const ItemEdit& edit : edits) {
            outcomes.push_back(edit_one(state_, edit, author));
        }
        return outcomes;
    }

    Result<std::vector<WithdrawOutcome>> withdraw(std::span<const Withdrawal> withdrawals,
                                                  const Author& author) override {
        const std::scoped_lock lock(mutex_);
        for (const Withdrawal& withdrawal : withdrawals) {
            if (Result<void> checked = store::check_withdrawal(withdrawal); !checked) {
                return checked.error();
            }
        }
        std::vector<WithdrawOutcome> outcomes;
        for (const Withdrawal& withdrawal : withdrawals) {
            outcomes.push_back(withdraw_one(state_, withdrawal, author));
        }
        return outcomes;
    }

    Result<DisabledItems> disabled_items() const override {
        const std::scoped_lock lock(mutex_);
        DisabledItems items;
        for (const auto& [key, row] : state_.rows) {
            if (row.item.state.disabled_until_us) {
                items[key] = *row.item.state.disabled_until_us;
            }
        }
        return items;
    }

    Result<std::vector<SourceClaim>> claims(std::int64_t key) const override {
        const std::scoped_lock lock(mutex_);
        std::vector<SourceClaim> claims;
        if (const auto found = state_.claims.find(key); found != state_.claims.end()) {
            for (const auto& [name, claim] : found->second) {
                claims.push_back(claim);
            }
        }
        return claims;
    }

    Result<std::vector<FileDigest>> digests(std::int64_t key) const override {
        const std::scoped_lock lock(mutex_);
        std::vector<FileDigest> digests;
        for (const auto& [algorithm, bytes, owner] : state_.digests) {
            if (owner == key) {
                digests.push_back({algorithm, bytes});
            }
        }
        return digests;
    }

    Result<std::vector<std::int64_t>> find_digest(const FileDigest& digest) const override {
        const std::scoped_lock lock(mutex_);
        std::vector<std::int64_t> keys;
        for (const auto& [algorithm, bytes, owner] : state_.digests) {
            if (algorithm == digest.algorithm && bytes == digest.bytes) {
                keys.push_back(owner);
            }
        }
        return keys;
    }

    Result<std::vector<BankSettings>> bank_settings() const override {
        const std::scoped_lock lock(mutex_);
        std::vector<BankSettings> banks;
        for (const auto& [name, settings] : state_.banks) {
            banks.push_back(settings);
        }
        return banks;
    }

    Result<bool> set_bank(const std::string& name,
                          const BankEdit& edit,
                          const Author& author) override {
        if (Result<void> checked = store::check_bank_edit(name, edit); !checked) {
            return checked.error();
        }
        const std::scoped_lock lock(mutex_);
        const bool is_made = make_bank(state_, name);
        const std::string detail = store::change_bank(state_.banks[name], edit);
        if (detail.empty() && !is_made) {
            return false;
        }
        note(state_, ChangeKind::kBank, 0, name, author, detail.empty() ? "made" : detail);
        return true;
    }

    Result<store::ItemPage> select(const store::ItemQuery& query) const override {
        const Result<store::PageCursor> after = store::PageCursor::parse(query.after, query.order);
        if (!after) {
            return after.error();
        }
        const std::scoped_lock lock(mutex_);
        std::vector<store::StoredItem> fitting;
        for (const auto& [key, row] : state_.rows) {
            const store::StoredItem& item = row.item;
            const auto time = std::pair(item.added_at_us, key);
            const auto end = std::pair(after->at_us, after->key);
            const bool follows = query.order == ItemOrder::kId      ? item.id > after->id
                                 : query.order == ItemOrder::kAdded ? time > end
                                                                    : time < end;
            if (follows && fits(item, query)) {
                fitting.push_back(item);
            }
        }
        std::sort(fitting.begin(), fitting.end(), [&](const auto& a, const auto& b) {
            return query.order == ItemOrder::kId      ? a.id < b.id
                   : query.order == ItemOrder::kAdded ? a.key < b.key
                                                      : a.key > b.key;
        });
        store::ItemPage page;
        if (fitting.size() > query.limit) {
            fitting.resize(query.limit);
            const store::StoredItem& last = fitting.back();
            page.next = store::PageCursor{last.id, last.added_at_us, last.key}.text(query.order);
        }
        page.items = std::move(fitting);
        return page;
    }

    Result<store::RecordList> records(std::span<const std::int64_t> keys) const override {
        const std::scoped_lock lock(mutex_);
        store::RecordList list;
        for (const std::int64_t key : std::set<std::int64_t>(keys.begin(), keys.end())) {
            if (const auto found = state_.rows.find(key); found != state_.rows.end()) {
                list.items.push_back(found->second);
            }
        }
        return list;
    }

    Result<store::RecordPage> records_after(std::int64_t after, std::size_t limit) const override {
        const std::scoped_lock lock(mutex_);
        store::RecordPage page;
        page.last_sequence = state_.log.size();
        page.newest_key = state_.last_key;
        std::size_t bytes = 0;
        for (auto row = state_.rows.upper_bound(after); row != state_.rows.end(); ++row) {
            if (page.rows.items.size() == limit || bytes > kMostPageBytes) {
                page.next = page.rows.items.empty() ? 0 : page.rows.items.back().item.key;
                break;
            }
            page.rows.items.push_back(row->second);
            bytes += row->second.record.size();
        }
        return page;
    }

    Result<store::ItemList> items_after(std::string_view after, std::size_t limit) const override {
        return some_items(limit, [&](const store::StoredItem& item) { return item.id > after; });
    }

    Result<std::optional<store::StoredItem>> item(std::string_view id) const override {
        const store::ItemList found =
            some_items(1, [&](const store::StoredItem& item) { return item.id == id; });
        return found.items.empty() ? std::optional<store::StoredItem>() : found.items.front();
    }

    Result<std::optional<store::StoredItem>> find_bytes(std::string_view bank,
                                                        const Sha256& sha256) const override {
        const store::ItemList found = some_items(1, [&](const store::StoredItem& item) {
            return item.bank == bank && item.media.digest.sha256 == sha256;
        });
        return found.items.empty() ? std::optional<store::StoredItem>() : found.items.front();
    }

    Result<store::ItemList> find_bytes_anywhere(const Sha256& sha256) const override {
        store::ItemList found = some_items(SIZE_MAX, [&](const store::StoredItem& item) {
            return item.media.digest.sha256 == sha256;
        });
        found.last_id.clear();
        return found;
    }

    Result<std::vector<std::string>> banks() const override {
        const std::scoped_lock lock(mutex_);
        std::vector<std::string> names;
        for (const auto& [name, settings] : state_.banks) {
            names.push_back(name);
        }
        return names;
    }

    Result<std::vector<store::Change>> changes_after(std::uint64_t sequence,
                                                     std::size_t limit) const override {
        const std::scoped_lock lock(mutex_);
        std::vector<store::Change> changes;
        for (const store::Change& change : state_.log) {
            if (change.sequence > sequence && changes.size() < limit) {
                changes.push_back(change);
            }
        }
        return changes;
    }

    Result<std::uint64_t> last_sequence() const override {
        const std::scoped_lock lock(mutex_);
        return std::uint64_t{state_.log.size()};
    }

    Result<std::map<std::string, std::string>> settings() const override {
        const std::scoped_lock lock(mutex_);
        return state_.settings;
    }

    Result<void> set(const std::string& name, const std::optional<std::string>& value) override {
        if (name.empty() ||
            std::max(name.size(), value ? value->size() : 0) > store::kMaxTextBytes) {
            return Error{ErrorCode::kInvalidArgument, "no such setting"};
        }
        const std::scoped_lock lock(mutex_);
        if (value) {
            state_.settings[name] = *value;
        } else {
            state_.settings.erase(name);
        }
        return {};
    }

    Result<store::Totals> totals() const override {
        const std::scoped_lock lock(mutex_);
        store::Totals totals;
        std::map<std::string, store::BankCount> banks;
        for (const auto& [key, row] : state_.rows) {
            const store::StoredItem& item = row.item;
            const bool is_video = item.media.kind == MediaKind::kVideo;
            ++totals.items;
            ++(is_video ? totals.videos : totals.images);
            totals.frames += item.frames;
            totals.record_bytes += item.record_bytes;
            totals.video_record_bytes += is_video ? item.record_bytes : 0;
            totals.with_source += item.source.empty() ? 0U : 1U;
            totals.video_duration.us += item.media.duration.us;
            store::BankCount& bank = banks[item.bank];
            bank.bank = item.bank;
            ++bank.items;
            bank.frames += item.frames;
        }
        for (const auto& [name, bank] : banks) {
            totals.banks.push_back(bank);
        }
        return totals;
    }

    Result<std::vector<std::string>> check_structure() const override {
        return std::vector<std::string>();
    }

  private:
    using ClaimName = std::pair<std::string, std::string>;  ///< source and entry
    struct State {
        std::map<std::int64_t, store::StoredRecord> rows;
        std::map<std::string, BankSettings> banks;
        std::map<std::int64_t, std::map<ClaimName, SourceClaim>> claims;
        /// By source, bank and entry.
        std::map<std::tuple<std::string, std::string, std::string>, std::optional<std::int64_t>>
            withdrawn;
        std::set<std::tuple<DigestAlgorithm, std::vector<std::uint8_t>, std::int64_t>> digests;
        std::vector<store::Change> log;
        std::map<std::string, std::string> settings;
        std::int64_t last_key = 0;
    };

    static constexpr std::int64_t kNow = 1'700'000'000'000'000;

    static void note(State& state,
                     ChangeKind kind,
                     std::int64_t key,
                     const std::string& id,
                     const Author& author,
                     const std::string& detail = {}) {
        state.log.push_back({state.log.size() + 1, kind, key, id, kNow, author, detail});
    }

    static bool make_bank(State& state, const std::string& name) {
        const bool is_made = !state.banks.contains(name);
        state.banks[name].name = name;
        return is_made;
    }

    static store::StoredRecord* row_of(State& state, const std::string& id) {
        for (auto& [key, row] : state.rows) {
            if (row.item.id == id) {
                return &row;
            }
        }
        return nullptr;
    }

    static void drop(State& state, std::int64_t key) {
        state.rows.erase(key);
        state.claims.erase(key);
        std::erase_if(state.digests,
                      [&](const auto& digest) { return std::get<2>(digest) == key; });
    }

    static bool remove_one(State& state, const std::string& id, const Author& author) {
        const store::StoredRecord* row = row_of(state, id);
        if (row == nullptr) {
            return false;
        }
        note(state, ChangeKind::kRemove, row->item.key, id, author);
        drop(state, row->item.key);
        return true;
    }

    static EditOutcome edit_one(State& state, const ItemEdit& edit, const Author& author) {
        store::StoredRecord* row = row_of(state, edit.id);
        if (row == nullptr) {
            return {};
        }
        store::StoredItem& item = row->item;
        const std::uint64_t revision = item.state.revision;
        if (edit.if_revision && *edit.if_revision != revision) {
            return {EditStatus::kStale, revision, false};
        }
        EditOutcome outcome{EditStatus::kUnchanged, revision, false};
        const auto changed = [&](ChangeKind kind, const std::string& detail) {
            note(state, kind, item.key, item.id, author, detail);
            outcome = {EditStatus::kChanged, ++item.state.revision, outcome.made_bank};
        };
        if (edit.bank && *edit.bank != item.bank) {
            for (const auto& [key, other] : state.rows) {
                if (other.item.bank == *edit.bank &&
                    other.item.media.digest.sha256 == item.media.digest.sha256) {
                    return {EditStatus::kTaken, revision, false};
                }
            }
            outcome.made_bank = make_bank(state, *edit.bank);
            const std::string detail = store::move_text(item.bank, *edit.bank);
            item.bank = *edit.bank;
            changed(ChangeKind::kMove, detail);
        }
        const std::string detail = store::label_text(item.labels, edit.labels);
        for (const auto& [name, value] : edit.labels) {
            if (value) {
                item.labels[name] = *value;
            } else {
                item.labels.erase(name);
            }
        }
        if (!detail.empty()) {
            changed(ChangeKind::kLabel, detail);
        }
        if (const auto kind = store::turn_switch(item.state, edit, author.reason)) {
            changed(*kind, store::switch_text(item.state));
        }
        return outcome;
    }

    static std::string named(const std::string& source, const std::string& entry) {
        return entry.empty() ? source : source + " " + entry;
    }

    static bool is_stale(const State& state, const std::string& bank, const SourceClaim& claim) {
        const auto found = state.withdrawn.find({claim.source, bank, claim.entry});
        return !claim.entry.empty() && found != state.withdrawn.end() && found->second &&
               claim.stated_at_us && *claim.stated_at_us <= *found->second;
    }

    /// An item that all its sources hold for harmless is disabled.
    static void settle(State& state, store::StoredItem& item, const Author& author) {
        const std::string harmless = "all its sources hold it for harmless";
        bool is_harmless = item.media.digest.bytes == 0;
        int asserting = 0;
        for (const auto& [name, claim] : state.claims[item.key]) {
            asserting += claim.is_withdrawn ? 0 : 1;
            is_harmless =
                is_harmless && (claim.is_withdrawn || claim.opinion == FeedOpinion::kHarmless);
        }
        is_harmless = is_harmless && asserting > 0;
        const bool was_harmless = item.state.reason == harmless;
        if (is_harmless == was_harmless || (is_harmless && item.state.disabled_until_us)) {
            return;
        }
        ++item.state.revision;
        item.state.disabled_until_us = is_harmless ? std::optional(kForever) : std::nullopt;
        item.state.reason = is_harmless ? harmless : "";
        note(state, is_harmless ? ChangeKind::kDisable : ChangeKind::kEnable, item.key, item.id,
             author, is_harmless ? harmless : "a source holds it for harmful");
    }

    static bool put_claim(State& state,
                          store::StoredItem& item,
                          const SourceClaim& said,
                          bool is_new,
                          const Author& author) {
        auto& claims = state.claims[item.key];
        const ClaimName name{said.source, said.entry};
        const auto held = claims.find(name);
        SourceClaim next = said;
        next.is_withdrawn = false;
        next.first_seen_us = next.last_changed_us = kNow;
        bool is_again = false;
        if (held != claims.end()) {
            const SourceClaim& old = held->second;
            if (said.stated_at_us && old.stated_at_us && *said.stated_at_us < *old.stated_at_us) {
                return false;
            }
            is_again =
                !old.is_withdrawn && old.opinion == said.opinion && old.opinions == said.opinions;
            if (is_again && old.stated_at_us == said.stated_at_us) {
                return false;
            }
        }
        claims[name] = next;
        state.withdrawn.erase({said.source, item.bank, said.entry});
        if (is_again) {
            return false;
        }
        if (!is_new) {
            note(state, ChangeKind::kSource, item.key, item.id, author,
                 "said by " + named(said.source, said.entry));
        }
        settle(state, item, author);
        return true;
    }

    static WithdrawOutcome withdraw_one(State& state,
                                        const Withdrawal& withdrawal,
                                        const Author& author) {
        make_bank(state, withdrawal.bank);
        WithdrawOutcome outcome;
        std::vector<std::int64_t> keys;
        for (const auto& [key, row] : state.rows) {
            keys.push_back(key);
        }
        for (const std::int64_t key : keys) {
            store::StoredItem& item = state.rows[key].item;
            const auto claim = state.claims[key].find({withdrawal.source, withdrawal.entry});
            if (item.bank != withdrawal.bank || claim == state.claims[key].end() ||
                claim->second.is_withdrawn) {
                continue;
            }
            if (withdrawal.stated_at_us && claim->second.stated_at_us &&
                *withdrawal.stated_at_us < *claim->second.stated_at_us) {
                outcome.is_stale = true;
                continue;
            }
            claim->second.is_withdrawn = true;
            claim->second.last_changed_us = kNow;
            if (withdrawal.stated_at_us) {
                claim->second.stated_at_us = withdrawal.stated_at_us;
            }
            const bool is_asserted =
                std::any_of(state.claims[key].begin(), state.claims[key].end(),
                            [](const auto& other) { return !other.second.is_withdrawn; });
            const bool goes = !is_asserted && item.media.digest.bytes == 0;
            note(state, goes ? ChangeKind::kRemove : ChangeKind::kSource, key, item.id, author,
                 "withdrawn by " + named(withdrawal.source, withdrawal.entry));
            ++(goes ? outcome.removed : outcome.kept);
            if (goes) {
                drop(state, key);
            } else {
                settle(state, item, author);
            }
        }
        auto& remembered = state.withdrawn[{withdrawal.source, withdrawal.bank, withdrawal.entry}];
        if (withdrawal.stated_at_us) {
            remembered =
                std::max(remembered.value_or(*withdrawal.stated_at_us), *withdrawal.stated_at_us);
        }
        return outcome;
    }

    static bool fits(const store::StoredItem& item, const store::ItemQuery& query) {
        const ItemFilter& filter = query.filter;
        const bool has_labels =
            std::all_of(filter.labels.begin(), filter.labels.end(), [&](const auto& label) {
                const auto found = item.labels.find(label.first);
                return found != item.labels.end() && found->second == label.second;
            });
        return has_labels &&
               (filter.banks.empty() || std::find(filter.banks.begin(), filter.banks.end(),
                                                  item.bank) != filter.banks.end()) &&
               (filter.name.empty() || matches_glob(item.name, filter.name)) &&
               (!filter.kind || *filter.kind == item.media.kind) &&
               (!filter.knowledge || *filter.knowledge == item.knowledge()) &&
               (!filter.since_us || item.added_at_us >= *filter.since_us) &&
               (!filter.until_us || item.added_at_us < *filter.until_us) &&
               (!filter.is_disabled || *filter.is_disabled == item.state.is_disabled(query.now_us));
    }

    /// Adds to a known item what the row says beside its bytes.
    static void merge(State& state,
                      store::StoredItem& item,
                      const store::NewRow& row,
                      const PutOptions& options,
                      store::PutOutcome& outcome) {
        for (const SourceClaim& claim : row.claims) {
            if (!is_stale(state, row.bank, claim)) {
                outcome.has_new_claims =
                    put_claim(state, item, claim, false, options.author) || outcome.has_new_claims;
            }
        }
        for (const FileDigest& digest : row.digests) {
            state.digests.emplace(digest.algorithm, digest.bytes, item.key);
        }
        ItemEdit edit{item.id, {}, {}, Switch::kKeep, kForever, {}};
        for (const auto& [name, value] : row.labels) {
            const bool is_given =
                options.labels == store::LabelRule::kUpdate ||
                (options.labels == store::LabelRule::kFillIn && !item.labels.contains(name));
            if (is_given) {
                edit.labels[name] = value;
            }
        }
        outcome.has_new_labels =
            edit_one(state, edit, options.author).status == EditStatus::kChanged;
    }

    static Result<store::PutOutcome> put_one(State& state,
                                             const store::NewRow& row,
                                             const PutOptions& options) {
        store::PutOutcome outcome;
        for (auto& [key, known] : state.rows) {
            if (known.item.bank != row.bank ||
                known.item.media.digest.sha256 != row.media.digest.sha256) {
                continue;
            }
            if (!options.is_sound || options.is_sound(row, known.record)) {
                outcome.was_known = true;
                outcome.key = key;
                outcome.id = known.item.id;
                outcome.record_bytes = known.item.record_bytes;
                outcome.frames = known.item.frames;
                merge(state, known.item, row, options, outcome);
                return outcome;
            }
            outcome.was_replaced = true;
        }
        const bool is_withdrawn =
            !row.claims.empty() &&
            std::all_of(row.claims.begin(), row.claims.end(),
                        [&](const SourceClaim& claim) { return is_stale(state, row.bank, claim); });
        if (is_withdrawn) {
            outcome = {};
            outcome.is_stale = true;
            return outcome;
        }
        if (outcome.was_replaced) {
            for (const auto& [key, known] : state.rows) {
                if (known.item.bank == row.bank &&
                    known.item.media.digest.sha256 == row.media.digest.sha256) {
                    remove_one(state, std::string(known.item.id), options.author);
                    break;
                }
            }
        }
        std::string id = row.id;
        for (int namesake = 2; row_of(state, id) != nullptr; ++namesake) {
            if (!row.may_rename) {
                return Error{ErrorCode::kIdTaken, "the id " + row.id + " is taken"};
            }
            id = row.id + "-" + std::to_string(namesake);
        }
        const std::int64_t key = ++state.last_key;
        store::StoredItem item{key,        id,        row.bank,       row.name,   row.source,
                               row.labels, row.media, row.is_partial, row.frames, row.record.size(),
                               kNow,       {}};
        item.state.disabled_until_us = row.disabled_until_us;
        state.rows[key] = {item, row.record};
        outcome.key = key;
        outcome.id = id;
        outcome.record_bytes = row.record.size();
        outcome.frames = row.frames;
        outcome.made_bank = make_bank(state, row.bank);
        note(state, ChangeKind::kAdd, key, id, options.author);
        for (const FileDigest& digest : row.digests) {
            state.digests.emplace(digest.algorithm, digest.bytes, key);
        }
        for (const SourceClaim& claim : row.claims) {
            if (!is_stale(state, row.bank, claim)) {
                put_claim(state, state.rows[key].item, claim, true, options.author);
            }
        }
        return outcome;
    }

    template <typename Wanted>
    [[nodiscard]] store::ItemList some_items(std::size_t limit, const Wanted& is_wanted) const {
        const std::scoped_lock lock(mutex_);
        std::map<std::string, store::StoredItem> by_id;
        for (const auto& [key, row] : state_.rows) {
            if (is_wanted(row.item)) {
                by_id[row.item.id] = row.item;
            }
        }
        store::ItemList list;
        for (const auto& [id, item] : by_id) {
            if (list.items.size() < limit) {
                list.items.push_back(item);
                list.last_id = id;
            }
        }
        return list;
    }

    mutable std::mutex mutex_;
    State state_;
};

}  // namespace refrain::test
