#include <algorithm>
#include <limits>

#include "store/item_reader.h"
#include "store/statement.h"
#include "store/store_impl.h"

namespace refrain::store {

namespace {

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

using RecordVisitor = std::function<bool(const StoredItem&, std::span<const std::byte>)>;

Result<std::uint64_t> visit_records(sqlite3* connection, const RecordVisitor& visit) {
    ItemReader reader(connection, "ORDER BY m.key", ItemReader::Records::kAll);
    std::uint64_t items = 0;
    while (true) {
        const Result<bool> row = reader.step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return items;
        }
        const Result<StoredItem> item = reader.item();
        if (!item) {
            return item.error();
        }
        const Result<std::span<const std::byte>> record = reader.record();
        if (!record) {
            return record.error();
        }
        ++items;
        if (!visit(*item, *record)) {
            return items;
        }
    }
}

Result<void> read_bank_counts(sqlite3* connection, Totals& totals) {
    Statement banks(connection,
                    "SELECT b.name, count(*), sum(m.frames) FROM medium AS m "
                    "JOIN bank AS b ON b.key = m.bank GROUP BY b.key ORDER BY b.name");
    while (true) {
        const Result<bool> row = banks.step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return {};
        }
        totals.banks.push_back({banks.text(0), static_cast<std::uint64_t>(banks.integer(1)),
                                static_cast<std::uint64_t>(banks.integer(2))});
    }
}

Result<Totals> read_totals(sqlite3* connection) {
    const Result<Transaction> snapshot = Transaction::begin(connection, Transaction::Kind::kRead);
    if (!snapshot) {
        return snapshot.error();
    }
    Statement sums(connection,
                   "SELECT count(*), coalesce(sum(kind = 0), 0), coalesce(sum(kind = 1), 0), "
                   "coalesce(sum(frames), 0), coalesce(sum(record_bytes), 0), "
                   "coalesce(sum(duration_us), 0), "
                   "coalesce(sum(CASE kind WHEN 1 THEN record_bytes END), 0) FROM medium");
    const Result<bool> row = sums.step();
    if (!row) {
        return row.error();
    }
    Totals totals;
    totals.items = static_cast<std::uint64_t>(sums.integer(0));
    totals.images = static_cast<std::uint64_t>(sums.integer(1));
    totals.videos = static_cast<std::uint64_t>(sums.integer(2));
    totals.frames = static_cast<std::uint64_t>(sums.integer(3));
    totals.record_bytes = static_cast<std::uint64_t>(sums.integer(4));
    totals.video_duration = MediaTime::from_us(sums.integer(5));
    totals.video_record_bytes = static_cast<std::uint64_t>(sums.integer(6));
    if (const Result<void> banks = read_bank_counts(connection, totals); !banks) {
        return banks.error();
    }
    return totals;
}

std::uint64_t size_on_disk(const std::filesystem::path& file) {
    std::error_code is_missing;
    const std::uintmax_t size = std::filesystem::file_size(file, is_missing);
    return is_missing ? 0 : size;
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

Result<std::vector<StoredItem>> Store::find_bytes_anywhere(const Sha256& sha256) const {
    using Found = std::vector<StoredItem>;
    return impl_->reading<Found>([&](sqlite3* connection) -> Result<Found> {
        // Bank by bank, since the index of digests begins with the bank.
        ItemReader reader(connection,
                          "WHERE m.bank IN (SELECT key FROM bank) AND m.sha256 = ?1 ORDER BY m.id");
        reader.statement().bind_blob(1, sha256);
        Found items;
        while (true) {
            Result<std::optional<StoredItem>> item = first_item(reader);
            if (!item) {
                return item.error();
            }
            if (!item->has_value()) {
                return items;
            }
            items.push_back(std::move(**item));
        }
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

Result<void> Store::each_item(const std::function<bool(const StoredItem&)>& visit) const {
    return impl_->reading<void>([&](sqlite3* connection) -> Result<void> {
        ItemReader reader(connection, "ORDER BY m.id");
        while (true) {
            const Result<std::optional<StoredItem>> item = first_item(reader);
            if (!item) {
                return item.error();
            }
            if (!item->has_value() || !visit(**item)) {
                return {};
            }
        }
    });
}

Result<Store::Snapshot> Store::each_record(const RecordVisitor& visit) const {
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
        const Result<std::uint64_t> items = visit_records(connection, visit);
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
    constexpr std::uint64_t kMaxNumber = std::numeric_limits<std::int64_t>::max();
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

Result<Totals> Store::totals() const {
    return impl_->reading<Totals>([&](sqlite3* connection) -> Result<Totals> {
        Result<Totals> totals = read_totals(connection);
        if (totals) {
            totals->file_bytes = size_on_disk(impl_->file()) + size_on_disk(impl_->log_file()) +
                                 size_on_disk(impl_->shared_memory_file());
        }
        return totals;
    });
}

}  // namespace refrain::store
