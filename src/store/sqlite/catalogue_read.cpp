#include <algorithm>
#include <limits>
#include <utility>

#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/item_reader.h"
#include "store/sqlite/row_walk.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"

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

/// @param from  a connection or a Reader
template <typename From>
Result<std::uint64_t> newest_sequence(const From& from) {
    const Result<std::int64_t> newest = query_integer(from, "SELECT max(sequence) FROM change");
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
    std::optional<ItemReader> reader;  // made when there is something to read
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
        if (!reader) {
            reader.emplace(connection, "WHERE m.key = ?1");
        }
        reader->statement().reset();
        reader->statement().bind(1, key);
        Result<std::optional<StoredItem>> item = first_item(*reader);
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

/// The largest key that an item ever had.
Result<std::int64_t> newest_key(sqlite3* connection) {
    const Result<std::int64_t> counter =
        query_integer(connection, "SELECT max(seq) FROM sqlite_sequence WHERE name = 'medium'");
    if (!counter && counter.error().code != ErrorCode::kCorpusDamaged) {
        return counter;
    }
    // The counter may be damaged without a trace.
    const Result<std::int64_t> largest = query_integer(connection, "SELECT max(key) FROM medium");
    if (counter && largest) {
        return std::max(*counter, *largest);
    }
    if (!largest && largest.error().code != ErrorCode::kCorpusDamaged) {
        return largest;
    }
    const Result<std::int64_t> logged = query_integer(connection, "SELECT max(medium) FROM change");
    return counter && logged ? Result<std::int64_t>(std::max(*counter, *logged)) : logged;
}

Result<void> take_record(sqlite3* connection,
                         ItemReader& reader,
                         std::int64_t key,
                         RecordList& list) {
    reader.statement().reset();
    reader.statement().bind(1, key);
    const Result<bool> row = reader.step();
    if (row && !*row) {
        return {};
    }
    Result<StoredItem> item = row ? reader.item() : Result<StoredItem>(row.error());
    const Result<std::span<const std::byte>> record =
        item ? reader.record() : Result<std::span<const std::byte>>(item.error());
    if (record) {
        list.items.push_back({std::move(*item), {record->begin(), record->end()}});
        return {};
    }
    if (record.error().code != ErrorCode::kCorpusDamaged) {
        return record.error();
    }
    const Result<std::optional<std::string>> id = logged_id(connection, key);
    if (!id) {
        return id.error();
    }
    list.damaged.push_back({key, id->value_or(std::string()), {}, record.error().message});
    return {};
}

Result<void> fill_page(sqlite3* connection,
                       std::int64_t after,
                       std::size_t limit,
                       RecordPage& page) {
    if (limit == 0) {
        return {};
    }
    std::size_t rows = 0;
    std::size_t bytes = 0;
    const auto goes_on = [&](std::int64_t key) {
        ++rows;
        const bool is_full = rows == limit || bytes > Catalogue::kMostPageBytes;
        page.next = is_full ? key : 0;
        return !is_full;
    };
    const Catalogue::RecordVisitor visitor{
        [&](const StoredItem& item, std::span<const std::byte> record) {
            bytes += record.size();
            page.rows.items.push_back({item, {record.begin(), record.end()}});
            return goes_on(item.key);
        },
        [&](const DamagedRow& row) {
            page.rows.damaged.push_back(row);
            return goes_on(row.key);
        }};
    const Result<std::uint64_t> walked =
        RowWalk(connection, visitor, ItemReader::Records::kAll, after).run();
    return walked ? Result<void>() : Result<void>(walked.error());
}

}  // namespace

Result<std::optional<StoredItem>> SqliteCatalogue::item(std::string_view id) const {
    using Found = std::optional<StoredItem>;
    return impl_->reading<Found>([&](sqlite3* connection) -> Result<Found> {
        ItemReader reader(connection, "WHERE m.id = ?1");
        reader.statement().bind_text(1, id);
        return first_item(reader);
    });
}

Result<std::optional<StoredItem>> SqliteCatalogue::find_bytes(std::string_view bank,
                                                              const Sha256& sha256) const {
    using Found = std::optional<StoredItem>;
    return impl_->reading<Found>([&](sqlite3* connection) -> Result<Found> {
        ItemReader reader(
            connection, "WHERE m.bank = (SELECT key FROM bank WHERE name = ?1) AND m.sha256 = ?2");
        reader.statement().bind_text(1, bank).bind_blob(2, sha256);
        return first_item(reader);
    });
}

Result<ItemList> SqliteCatalogue::find_bytes_anywhere(const Sha256& sha256) const {
    return impl_->reading<ItemList>([&](const Reader& reader) -> Result<ItemList> {
        // Bank by bank, since the index of digests begins with the bank.
        Statement found(reader,
                        "SELECT key, '' FROM medium WHERE bank IN (SELECT key FROM bank) AND "
                        "sha256 = ?1");
        found.bind_blob(1, sha256);
        Result<ItemList> list = read_items(reader.connection, found);
        if (list) {
            std::sort(list->items.begin(), list->items.end(),
                      [](const StoredItem& a, const StoredItem& b) { return a.id < b.id; });
        }
        return list;
    });
}

Result<ItemList> SqliteCatalogue::items_after(std::string_view after, std::size_t limit) const {
    return impl_->reading<ItemList>([&](sqlite3* connection) -> Result<ItemList> {
        // Both columns are in the index of ids, so that a damaged row does not end the reading.
        Statement found(connection,
                        "SELECT key, id FROM medium WHERE id > ?1 ORDER BY id LIMIT ?2");
        found.bind_text(1, after).bind(
            2, static_cast<std::int64_t>(std::min<std::uint64_t>(limit, kMaxNumber)));
        return read_items(connection, found);
    });
}

Result<std::vector<std::string>> SqliteCatalogue::banks() const {
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

// A key at a time, since a damaged row would end a query over all of them.
Result<RecordList> SqliteCatalogue::records(std::span<const std::int64_t> keys) const {
    std::vector<std::int64_t> wanted(keys.begin(), keys.end());
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    return impl_->reading<RecordList>([&](sqlite3* connection) -> Result<RecordList> {
        const Result<Transaction> snapshot =
            Transaction::begin(connection, Transaction::Kind::kRead);
        if (!snapshot) {
            return snapshot.error();
        }
        RecordList list;
        ItemReader reader(connection, "WHERE m.key = ?1", ItemReader::Records::kAll);
        for (const std::int64_t key : wanted) {
            if (const Result<void> taken = take_record(connection, reader, key, list); !taken) {
                return taken.error();
            }
        }
        return list;
    });
}

Result<RecordPage> SqliteCatalogue::records_after(std::int64_t after, std::size_t limit) const {
    return impl_->reading<RecordPage>([&](sqlite3* connection) -> Result<RecordPage> {
        const Result<Transaction> snapshot =
            Transaction::begin(connection, Transaction::Kind::kRead);
        if (!snapshot) {
            return snapshot.error();
        }
        RecordPage page;
        const Result<std::uint64_t> newest = newest_sequence(connection);
        if (!newest) {
            return newest.error();
        }
        page.last_sequence = *newest;
        const Result<std::int64_t> key = newest_key(connection);
        if (!key) {
            return key.error();
        }
        page.newest_key = *key;
        const Result<void> filled = fill_page(connection, after, limit, page);
        return filled ? Result<RecordPage>(std::move(page)) : Result<RecordPage>(filled.error());
    });
}

Result<std::vector<Change>> SqliteCatalogue::changes_after(std::uint64_t sequence,
                                                           std::size_t limit) const {
    using Found = std::vector<Change>;
    return impl_->reading<Found>([&](sqlite3* connection) -> Result<Found> {
        const Result<bool> has_authors = has_version(connection, kFirstVersionWithStates);
        if (!has_authors) {
            return has_authors.error();
        }
        Statement rows(
            connection,
            *has_authors
                ? "SELECT c.sequence, c.kind, c.medium, c.id, c.at_us, coalesce(a.name, ''), "
                  "coalesce(a.reason, ''), c.detail FROM change AS c LEFT JOIN author AS a ON "
                  "a.key = c.author WHERE c.sequence > ?1 ORDER BY c.sequence LIMIT ?2"
                : "SELECT sequence, kind, medium, id, at_us, '', '', '' FROM change WHERE sequence "
                  "> ?1 ORDER BY sequence LIMIT ?2");
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
            if (kind < 1 || kind > static_cast<std::int64_t>(ChangeKind::kShadow)) {
                return Error{ErrorCode::kCorpusDamaged,
                             "corpus: the change log has an entry of unknown kind"};
            }
            changes.push_back({static_cast<std::uint64_t>(rows.integer(0)),
                               static_cast<ChangeKind>(kind),
                               rows.integer(2),
                               rows.text(3),
                               rows.integer(4),
                               {rows.text(5), rows.text(6)},
                               rows.text(7)});
        }
    });
}

Result<std::uint64_t> SqliteCatalogue::last_sequence() const {
    return impl_->reading<std::uint64_t>(newest_sequence<Reader>);
}

Result<std::map<std::string, std::string>> SqliteCatalogue::settings() const {
    using Found = std::map<std::string, std::string>;
    return impl_->reading<Found>([](sqlite3* connection) -> Result<Found> {
        const Result<std::uint32_t> version = schema_version(connection);
        if (!version) {
            return version.error();
        }
        Found settings;
        if (*version < kFirstVersionWithSettings) {
            return settings;
        }
        Statement rows(connection, "SELECT name, value FROM setting");
        while (true) {
            const Result<bool> row = rows.step();
            if (!row) {
                return row.error();
            }
            if (!*row) {
                return settings;
            }
            settings.emplace(rows.text(0), rows.text(1));
        }
    });
}

}  // namespace refrain::store
