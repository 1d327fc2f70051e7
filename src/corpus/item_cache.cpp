#include "corpus/item_cache.h"

#include <chrono>
#include <optional>
#include <utility>

namespace refrain::corpus {

namespace {

// What an item takes beside its frames and local points, in frames.
constexpr std::size_t kFramesOfAnItem = 8;

std::int64_t now_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::size_t weight_of(const evidence::KnownItem& item) {
    std::size_t weight = kFramesOfAnItem;
    each_part(item, [&](const evidence::KnownItem& part) {
        weight += part.frames.size();
        for (const LocalFrame& frame : part.local) {
            weight += frame.points.size() + 1;
        }
    });
    return weight;
}

}  // namespace

Result<evidence::KnownItem> known_item(const store::StoredItem& row,
                                       std::span<const std::byte> record) {
    Result<Fingerprint> fingerprint = decode_fingerprint(record);
    if (!fingerprint) {
        return Error{ErrorCode::kCorpusDamaged, "its record: " + fingerprint.error().message};
    }
    evidence::KnownItem item;
    item.key = row.key;
    item.id = row.id;
    item.name = row.name;
    item.bank = row.bank;
    item.labels = row.labels;
    item.source = row.source;
    item.is_shadow = row.state.is_shadow;
    item.kind = row.media.kind;
    item.duration = row.media.duration;
    item.sha256 = row.media.digest.sha256;
    keep_searchable(item, *fingerprint);
    return item;
}

/// Reads what the store has of these items. One that is not there was removed, as a later entry of
/// the log of changes says, or is damaged, as the ledger says.
Result<std::vector<evidence::KnownItemPtr>> ItemCache::read(
    std::span<const std::int64_t> keys) const {
    const Result<store::RecordList> records = store_.records(keys);
    if (!records) {
        return records.error();
    }
    for (const store::DamagedRow& row : records->damaged) {
        damage_.note(row);
    }
    std::vector<evidence::KnownItemPtr> items;
    for (const store::StoredRecord& stored : records->items) {
        Result<evidence::KnownItem> item = known_item(stored.item, stored.record);
        if (item) {
            items.push_back(std::make_shared<const evidence::KnownItem>(std::move(*item)));
        } else {
            damage_.note({stored.item.key, stored.item.id, {}, item.error().message});
        }
    }
    return items;
}

/// @return null: it is not in memory. Called with `mutex_` held
evidence::KnownItemPtr ItemCache::recent(std::int64_t key) {
    for (const Items* items : {&recent_, &older_}) {
        if (const auto found = items->find(key); found != items->end()) {
            const evidence::KnownItemPtr item = found->second;
            keep(item);
            return item;
        }
    }
    return nullptr;
}

bool ItemCache::hides(std::int64_t key) const {
    const auto found = hidden_.find(key);
    return found != hidden_.end() && found->second > now_us();
}

bool ItemCache::is_hidden(std::int64_t key) const {
    const std::scoped_lock lock(mutex_);
    return hides(key);
}

Result<void> ItemCache::read_hidden() {
    Result<store::Catalogue::DisabledItems> read = store_.disabled_items();
    if (!read) {
        return read.error();
    }
    const std::scoped_lock lock(mutex_);
    hidden_ = std::move(*read);
    return {};
}

Result<evidence::KnownItemPtr> ItemCache::find(std::int64_t key) {
    return is_hidden(key) ? Result<evidence::KnownItemPtr>(nullptr) : find_also_hidden(key);
}

Result<evidence::KnownItemPtr> ItemCache::find_also_hidden(std::int64_t key) {
    Result<Items> found = find_all(std::span(&key, 1));
    if (!found) {
        return found.error();
    }
    const auto item = found->find(key);
    return item == found->end() ? evidence::KnownItemPtr() : item->second;
}

Result<ItemCache::Items> ItemCache::find_all(std::span<const std::int64_t> keys) {
    Items found;
    std::vector<std::int64_t> unread;
    std::uint64_t forgotten = 0;
    {
        const std::scoped_lock lock(mutex_);
        forgotten = forgotten_;
        for (const std::int64_t key : keys) {
            if (evidence::KnownItemPtr item = recent(key)) {
                found.emplace(key, std::move(item));
            } else {
                unread.push_back(key);
            }
        }
    }
    if (unread.empty()) {
        return found;
    }
    const Result<std::vector<evidence::KnownItemPtr>> items = read(unread);
    if (!items) {
        return items.error();
    }
    const std::scoped_lock lock(mutex_);
    for (const evidence::KnownItemPtr& item : *items) {
        found.emplace(item->key, item);
        // What was read before a change must not be kept behind it.
        if (forgotten == forgotten_) {
            keep(item);
        }
    }
    return found;
}

void ItemCache::keep(const evidence::KnownItemPtr& item) {
    if (!recent_.emplace(item->key, item).second) {
        return;
    }
    recent_frames_ += weight_of(*item);
    if (recent_frames_ > most_recent_frames_) {
        older_ = std::exchange(recent_, {});
        recent_frames_ = 0;
    }
}

void ItemCache::forget(std::int64_t key) {
    read_anew(key);
    damage_.forget(key);
}

void ItemCache::read_anew(std::int64_t key) {
    const std::scoped_lock lock(mutex_);
    ++forgotten_;
    // Its frames are counted on: the cache only turns over a little earlier.
    recent_.erase(key);
    older_.erase(key);
}

Result<std::vector<evidence::KnownItemPtr>> ItemCache::find_bytes(const Sha256& sha256) {
    Result<store::ItemList> rows = store_.find_bytes_anywhere(sha256);
    if (!rows) {
        return rows.error();
    }
    for (const store::DamagedRow& row : rows->damaged) {
        damage_.note(row);
    }
    std::vector<evidence::KnownItemPtr> items;
    for (const store::StoredItem& row : rows->items) {
        Result<evidence::KnownItemPtr> item = find(row.key);
        if (!item) {
            return item.error();
        }
        if (*item != nullptr) {
            items.push_back(std::move(*item));
        }
    }
    return items;
}

}  // namespace refrain::corpus
