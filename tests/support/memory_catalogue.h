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

#include "store/catalogue_interface.h"
#include "store/edit_text.h"
#include "store/page_cursor.h"
#include "store/row_check.h"
#include "support/memory_model.h"

namespace refrain::test {

/// A catalogue in memory, written to be obviously right: the model of the others.
class MemoryCatalogue final : public store::Catalogue, private MemoryModel {
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
            const bool follows =
                query.order == ItemOrder::kId ? item.id > after->id
                : query.order == ItemOrder::kName
                    ? std::pair(item.name, key) > std::pair(after->name, after->key)
                : query.order == ItemOrder::kAdded ? time > end
                                                   : time < end;
            if (follows && fits(item, query)) {
                fitting.push_back(item);
            }
        }
        std::sort(fitting.begin(), fitting.end(), [&](const auto& a, const auto& b) {
            return query.order == ItemOrder::kId ? a.id < b.id
                   : query.order == ItemOrder::kName
                       ? std::pair(a.name, a.key) < std::pair(b.name, b.key)
                   : query.order == ItemOrder::kAdded ? a.key < b.key
                                                      : a.key > b.key;
        });
        store::ItemPage page;
        if (fitting.size() > query.limit) {
            fitting.resize(query.limit);
            const store::StoredItem& last = fitting.back();
            page.next =
                store::PageCursor{last.id, last.added_at_us, last.key, last.name}.text(query.order);
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
