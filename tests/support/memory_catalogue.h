#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/catalogue.h"
#include "store/row_check.h"

namespace refrain::test {

/// A catalogue in memory, written to be obviously right: the model of the others.
class MemoryCatalogue final : public store::Catalogue {
  public:
    using Catalogue::put;
    Result<std::vector<store::PutOutcome>> put(std::span<const store::NewRow> rows,
                                               const RecordCheck& is_sound) override {
        const std::scoped_lock lock(mutex_);
        State next = state_;
        std::vector<store::PutOutcome> outcomes;
        for (const store::NewRow& row : rows) {
            if (Result<void> checked = store::check_row(row); !checked) {
                return checked.error();
            }
            Result<store::PutOutcome> outcome = put_one(next, row, is_sound);
            if (!outcome) {
                return outcome.error();
            }
            outcomes.push_back(std::move(*outcome));
        }
        state_ = std::move(next);
        return outcomes;
    }

    Result<std::vector<bool>> remove(std::span<const std::string> ids) override {
        const std::scoped_lock lock(mutex_);
        std::vector<bool> known;
        for (const std::string& id : ids) {
            known.push_back(remove_one(state_, id));
        }
        return known;
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
        return select(limit, [&](const store::StoredItem& item) { return item.id > after; });
    }

    Result<std::optional<store::StoredItem>> item(std::string_view id) const override {
        const store::ItemList found =
            select(1, [&](const store::StoredItem& item) { return item.id == id; });
        return found.items.empty() ? std::optional<store::StoredItem>() : found.items.front();
    }

    Result<std::optional<store::StoredItem>> find_bytes(std::string_view bank,
                                                        const Sha256& sha256) const override {
        const store::ItemList found = select(1, [&](const store::StoredItem& item) {
            return item.bank == bank && item.media.digest.sha256 == sha256;
        });
        return found.items.empty() ? std::optional<store::StoredItem>() : found.items.front();
    }

    Result<store::ItemList> find_bytes_anywhere(const Sha256& sha256) const override {
        store::ItemList found = select(SIZE_MAX, [&](const store::StoredItem& item) {
            return item.media.digest.sha256 == sha256;
        });
        found.last_id.clear();
        return found;
    }

    Result<std::vector<std::string>> banks() const override {
        const std::scoped_lock lock(mutex_);
        return std::vector<std::string>(state_.banks.begin(), state_.banks.end());
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
    struct State {
        std::map<std::int64_t, store::StoredRecord> rows;
        std::set<std::string> banks;
        std::vector<store::Change> log;
        std::map<std::string, std::string> settings;
        std::int64_t last_key = 0;
    };

    static constexpr std::int64_t kNow = 1'700'000'000'000'000;

    static void note(State& state,
                     store::ChangeKind kind,
                     std::int64_t key,
                     const std::string& id) {
        state.log.push_back({state.log.size() + 1, kind, key, id, kNow});
    }

    static bool remove_one(State& state, const std::string& id) {
        for (const auto& [key, row] : state.rows) {
            if (row.item.id == id) {
                note(state, store::ChangeKind::kRemove, key, id);
                state.rows.erase(key);
                return true;
            }
        }
        return false;
    }

    static Result<store::PutOutcome> put_one(State& state,
                                             const store::NewRow& row,
                                             const RecordCheck& is_sound) {
        bool replaces = false;
        for (const auto& [key, known] : state.rows) {
            if (known.item.bank != row.bank ||
                known.item.media.digest.sha256 != row.media.digest.sha256) {
                continue;
            }
            if (!is_sound || is_sound(row, known.record)) {
                return store::PutOutcome{true, key, known.item.id, known.item.record_bytes,
                                         known.item.frames};
            }
            replaces = remove_one(state, std::string(known.item.id));
            break;
        }
        for (const auto& [key, known] : state.rows) {
            if (known.item.id == row.id) {
                return Error{ErrorCode::kIdTaken, "the id " + row.id + " is taken"};
            }
        }
        const std::int64_t key = ++state.last_key;
        const store::StoredItem item{
            key,       row.id,         row.bank,   row.name,          row.source, row.labels,
            row.media, row.is_partial, row.frames, row.record.size(), kNow};
        state.rows[key] = {item, row.record};
        note(state, store::ChangeKind::kAdd, key, row.id);
        return store::PutOutcome{false,      key,
                                 row.id,     row.record.size(),
                                 row.frames, state.banks.insert(row.bank).second,
                                 replaces};
    }

    template <typename Wanted>
    [[nodiscard]] store::ItemList select(std::size_t limit, const Wanted& is_wanted) const {
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
