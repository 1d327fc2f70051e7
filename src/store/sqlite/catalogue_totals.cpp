#include <algorithm>
#include <limits>
#include <map>

#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/row_walk.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

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

Result<Totals> sum_columns(sqlite3* connection) {
    Statement sums(connection,
                   "SELECT count(*), coalesce(sum(kind = 0), 0), coalesce(sum(kind = 1), 0), "
                   "coalesce(sum(frames), 0), coalesce(sum(record_bytes), 0), "
                   "coalesce(sum(duration_us), 0), "
                   "coalesce(sum(CASE kind WHEN 1 THEN record_bytes END), 0), "
                   "coalesce(sum(source <> ''), 0) FROM medium");
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
    totals.with_source = static_cast<std::uint64_t>(sums.integer(7));
    if (const Result<void> banks = read_bank_counts(connection, totals); !banks) {
        return banks.error();
    }
    return totals;
}

/// The same where the table cannot be walked or its sums make no sense: item by item.
Result<Totals> sum_sound_items(sqlite3* connection) {
    Totals totals;
    std::map<std::string, BankCount> banks;
    const Catalogue::RecordVisitor visitor{
        [&](const StoredItem& item, std::span<const std::byte>) {
            const bool is_video = item.media.kind == MediaKind::kVideo;
            ++(is_video ? totals.videos : totals.images);
            totals.frames += item.frames;
            totals.with_source += item.source.empty() ? 0U : 1U;
            totals.record_bytes += item.record_bytes;
            totals.video_record_bytes += is_video ? item.record_bytes : 0;
            const std::int64_t room =
                std::numeric_limits<std::int64_t>::max() - totals.video_duration.us;
            totals.video_duration.us += std::min(room, item.media.duration.us);
            BankCount& bank = banks[item.bank];
            ++bank.items;
            bank.frames += item.frames;
            return true;
        },
        [](const DamagedRow&) {
            return true;
        }};
    const Result<std::uint64_t> items =
        RowWalk(connection, visitor, ItemReader::Records::kNone).run();
    if (!items) {
        return items.error();
    }
    totals.items = *items;
    for (const auto& [name, count] : banks) {
        totals.banks.push_back({name, count.items, count.frames});
    }
    return totals;
}

Result<Totals> read_totals(sqlite3* connection) {
    const Result<Transaction> snapshot = Transaction::begin(connection, Transaction::Kind::kRead);
    if (!snapshot) {
        return snapshot.error();
    }
    Result<Totals> totals = sum_columns(connection);
    if (!totals && totals.error().code == ErrorCode::kCorpusDamaged) {
        return sum_sound_items(connection);
    }
    return totals;
}

std::uint64_t size_on_disk(const std::filesystem::path& file) {
    std::error_code is_missing;
    const std::uintmax_t size = std::filesystem::file_size(file, is_missing);
    return is_missing ? 0 : size;
}

}  // namespace

Result<Totals> SqliteCatalogue::totals() const {
    return impl_->reading<Totals>([&](sqlite3* connection) -> Result<Totals> {
        Result<Totals> totals = read_totals(connection);
        const Result<std::uint32_t> version = schema_version(connection);
        if (totals && !version) {
            return version.error();
        }
        if (totals) {
            totals->schema_version = *version;
            totals->file_bytes = size_on_disk(impl_->file()) + size_on_disk(impl_->log_file()) +
                                 size_on_disk(impl_->shared_memory_file());
        }
        return totals;
    });
}

}  // namespace refrain::store
