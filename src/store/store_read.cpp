#include <algorithm>
#include <limits>

#include "store/item_reader.h"
#include "store/row_walk.h"
#include "store/statement.h"
#include "store/store_impl.h"

namespace refrain::store {

namespace {

constexpr std::uint64_t kMaxNumber = std::numeric_limits<std::int64_t>::max();

Result<std::optional<StoredItem>> first_item(ItemReader& reader) {
    const Result<bool> row = reader.step();
    if (!row) {
        return row.error();
    }
    if (!*row) {
        return std::optional<StoredItem>();
    }
    Result<StoredItem> item = reader.item();
    if (!item) {
        return item.error();
    }
    return std::optional(std::move(*item));
}

Result<std::uint64_t> newest_sequence(sqlite3* connection) {
    const Result<std::int64_t> newest =
        query_integer(connection, "SELECT max(sequence) FROM change");
    if (!newest) {
        return newest.error();
    }
    return static_cast<std::uint64_t>(*newest);
}

Result<std::optional<std::string>> logged_id(sqlite3* connection, std::int64_t key) {
    using Found = std::optional<std::string>;
    Statement rows(connection, "SELECT id FROM change WHERE medium = ?1 AND kind = 1");
    const Result<bool> row = rows.bind(1, key).step();
    if (!row) {
        return row.error();
    }
    return *row ? Found(rows.text(0)) : Found();
}

/// Reads items one by one. @param found  gives their keys and ids
Result<ItemList> read_items(sqlite3* connection, Statement& found) {
    ItemList list;
    ItemReader reader(connection, "WHERE m.key = ?1");
    while (true) {
        const Result<bool> more = found.step();
        if (!more) {
            return more.error();
        }
        if (!*more) {
            return list;
        }
        const std::int64_t key = found.integer(0);
        list.last_id = found.text(1);
        reader.statement().reset();
        reader.statement().bind(1, key);
        Result<std::optional<StoredItem>> item = first_item(reader);
        if (item && item->has_value()) {
            list.items.push_back(std::move(**item));
            continue;
        }
        if (!item && item.error().code != ErrorCode::kCorpusDamaged) {
            return item.error();
        }
        const Result<std::optional<std::string>> id = logged_id(connection, key);
        if (!id) {
            return id.error();
        }
        list.damaged.push_back(
            {key,
             id->value_or(std::string()),
             {},
             item ? "corpus: an index names it, but it is not there" : item.error().message});
    }
}

}  // namespace

Result<std::optional<StoredItem>> Store::find_bytes(std::string_view bank,
                                                    const Sha256& sha256) const {
    using Found = std::optional<StoredItem>;
    return impl_->reading<Found>([&](sqlite3* connection) -> Result<Found> {
        ItemReader reader(
            connection, "WHERE m.bank = (SELECT key FROM bank WHERE name = ?1) AND m.sha256 = ?2");
        reader.statement().bind_text(1, bank).bind_blob(2, sha256);
        return first_item(reader);
    });
}

Result<ItemList> Store::find_bytes_anywhere(const Sha256& sha256) const {
    return impl_->reading<ItemList>([&](sqlite3* connection) -> Result<ItemList> {
        // Bank by bank, since the index of digests begins with the bank.
        Statement found(connection,
                        "SELECT key, '' FROM medium WHERE bank IN (SELECT key FROM bank) AND "
                        "sha256 = ?1");
        found.bind_blob(1, sha256);
        Result<ItemList> list = read_items(connection, found);
        if (list) {
            std::sort(list->items.begin(), list->items.end(),
                      [](const StoredItem& a, const StoredItem& b) { return a.id < b.id; });
        }
        return list;
    });
}

Result<std::optional<StoredItem>> Store::item(std::int64_t key) const {
    using Found = std::optional<StoredItem>;
    return impl_->reading<Found>([&](sqlite3* connection) -> Result<Found> {
        ItemReader reader(connection, "WHERE m.key = ?1");
        reader.statement().bind(1, key);
        return first_item(reader);
    });
}

Result<ItemList> Store::items_after(std::string_view after, std::size_t limit) const {
    return impl_->reading<ItemList>([&](sqlite3* connection) -> Result<ItemList> {
        // Both columns are in the index of ids, so that a damaged row does not end the reading.
        Statement found(connection,
                        "SELECT key, id FROM medium WHERE id > ?1 ORDER BY id LIMIT ?2");
        found.bind_text(1, after).bind(
            2, static_cast<std::int64_t>(std::min<std::uint64_t>(limit, kMaxNumber)));
        return read_items(connection, found);
    });
}

Result<std::vector<std::string>> Store::banks() const {
    using Names = std::vector<std::string>;
    return impl_->reading<Names>([](sqlite3* connection) -> Result<Names> {
        Statement rows(connection, "SELECT name FROM bank ORDER BY name");
        Names names;
        while (true) {
            const Result<bool> row = rows.step();
            if (!row) {
                return row.error();
            }
            if (!*row) {
                return names;
            }
            names.push_back(rows.text(0));
        }
    });
}

Result<std::optional<std::string>> Store::id_in_log(std::int64_t key) const {
    return impl_->reading<std::optional<std::string>>(
        [&](sqlite3* connection) { return logged_id(connection, key); });
}

Result<Store::Snapshot> Store::each_record(const RecordVisitor& visitor) const {
    return impl_->reading<Snapshot>([&](sqlite3* connection) -> Result<Snapshot> {
        const Result<Transaction> snapshot =
            Transaction::begin(connection, Transaction::Kind::kRead);
        if (!snapshot) {
            return snapshot.error();
        }
        const Result<std::uint64_t> newest = newest_sequence(connection);
        if (!newest) {
            return newest.error();
        }
        const Result<std::uint64_t> items =
            RowWalk(connection, visitor, ItemReader::Records::kAll).run();
        if (!items) {
            return items.error();
        }
        return Snapshot{*newest, *items};
    });
}

Result<std::optional<std::vector<std::byte>>> Store::record(std::int64_t key) const {
    using Found = std::optional<std::vector<std::byte>>;
    return impl_->reading<Found>([&](sqlite3* connection) -> Result<Found> {
        ItemReader reader(connection, "WHERE m.key = ?1", ItemReader::Records::kAll);
        reader.statement().bind(1, key);
        const Result<bool> row = reader.step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return Found();
        }
        const Result<std::span<const std::byte>> bytes = reader.record();
        if (!bytes) {
            return bytes.error();
        }
        return Found(std::in_place, bytes->begin(), bytes->end());
    });
}

Result<std::vector<Change>> Store::changes_after(std::uint64_t sequence, std::size_t limit) const {
    using Found = std::vector<Change>;
    return impl_->reading<Found>([&](sqlite3* connection) -> Result<Found> {
        Statement rows(connection,
                       "SELECT sequence, kind, medium, id, at_us FROM change WHERE sequence > ?1 "
                       "ORDER BY sequence LIMIT ?2");
        rows.bind(1, static_cast<std::int64_t>(std::min(sequence, kMaxNumber)))
            .bind(2, static_cast<std::int64_t>(std::min<std::uint64_t>(limit, kMaxNumber)));
        Found changes;
        while (true) {
            const Result<bool> row = rows.step();
            if (!row) {
                return row.error();
            }
            if (!*row) {
                return changes;
            }
            const std::int64_t kind = rows.integer(1);
            if (kind != 1 && kind != 2) {
                return Error{ErrorCode::kCorpusDamaged,
                             "corpus: the change log has an entry of unknown kind"};
            }
            changes.push_back({static_cast<std::uint64_t>(rows.integer(0)),
                               static_cast<ChangeKind>(kind), rows.integer(2), rows.text(3),
                               rows.integer(4)});
        }
    });
}

Result<std::uint64_t> Store::last_sequence() const {
    return impl_->reading<std::uint64_t>(newest_sequence);
}

}  // namespace refrain::store
