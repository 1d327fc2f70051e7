#include "store/sqlite/row_walk.h"

#include <algorithm>
#include <span>

#include "store/sqlite/statement.h"

namespace refrain::store {

Result<std::uint64_t> RowWalk::run() {
    ItemReader reader(connection_, "WHERE m.key > ?1 ORDER BY m.key", records_);
    reader.statement().bind(1, last_key_);
    while (!is_ended_) {
        const Result<bool> row = reader.step();
        if (!row && row.error().code != ErrorCode::kCorpusDamaged) {
            return row.error();
        }
        // Keys that do not rise come from a tree that leads back to where it was.
        if (!row || (*row && reader.key() <= last_key_)) {
            Result<void> rest = run_by_log();
            if (!rest && rest.error().code == ErrorCode::kCorpusDamaged && visitor_.damaged) {
                rest = run_by_keys(rest.error());
            }
            return rest ? Result<std::uint64_t>(visited_) : Result<std::uint64_t>(rest.error());
        }
        if (!*row) {
            break;
        }
        if (const Result<void> taken = take(reader); !taken) {
            return taken.error();
        }
    }
    return visited_;
}

/// Goes on after `last_key_` with what the log says is there.
Result<void> RowWalk::run_by_log() {
    Statement logged(connection_,
                     "SELECT medium, id FROM change WHERE kind = 1 AND medium > ?1 AND medium "
                     "NOT IN (SELECT medium FROM change WHERE kind = 2) ORDER BY medium");
    logged.bind(1, last_key_);
    ItemReader reader(connection_, "WHERE m.key = ?1", records_);
    while (!is_ended_) {
        const Result<bool> more = logged.step();
        if (!more) {
            return more.error();
        }
        if (!*more) {
            break;
        }
        const DamagedRow row{logged.integer(0), logged.text(1), {}, {}};
        if (const Result<void> seen = look_at(reader, row); !seen) {
            return seen;
        }
    }
    return {};
}

/// Goes on after `last_key_` with every key that may have been given, where the log cannot be read
/// either. What cannot be read then has no name.
Result<void> RowWalk::run_by_keys(const Error& why) {
    // A counter that is damaged itself must not keep us for ever.
    constexpr std::int64_t kMostKeys = 50'000'000;
    const Result<std::int64_t> counted =
        query_integer(connection_, "SELECT seq FROM sqlite_sequence WHERE name = 'medium'");
    const Result<std::int64_t> last =
        query_integer(connection_, "SELECT key FROM medium ORDER BY key DESC LIMIT 1");
    if (!counted && !last) {
        return why;
    }
    const std::int64_t most = std::max(counted ? *counted : 0, last ? *last : 0);
    ItemReader reader(connection_, "WHERE m.key = ?1", records_);
    const std::int64_t first = last_key_ + 1;
    const std::int64_t end = most - first < kMostKeys ? most : first + kMostKeys;
    for (std::int64_t key = first; key <= end && !is_ended_; ++key) {
        reader.statement().reset();
        reader.statement().bind(1, key);
        const Result<bool> row = reader.step();
        if (row && !*row) {
            continue;  // removed, or never given
        }
        if (!row && row.error().code != ErrorCode::kCorpusDamaged) {
            return row.error();
        }
        const Result<void> seen =
            row ? take(reader) : report({key, {}, {}, row.error().message + ", with its name"});
        if (!seen) {
            return seen;
        }
    }
    return {};
}

Result<void> RowWalk::look_at(ItemReader& reader, const DamagedRow& logged) {
    reader.statement().reset();
    reader.statement().bind(1, logged.key);
    const Result<bool> row = reader.step();
    if (row && *row) {
        return take(reader);
    }
    if (!row && row.error().code != ErrorCode::kCorpusDamaged) {
        return row.error();
    }
    last_key_ = logged.key;
    DamagedRow damaged = logged;
    damaged.problem =
        row ? "corpus: the log of changes names it, but it is not there" : row.error().message;
    return report(damaged);
}

Result<void> RowWalk::take(ItemReader& reader) {
    last_key_ = reader.key();
    const Result<StoredItem> item = reader.item();
    const bool reads_record = item && records_ == ItemReader::Records::kAll;
    const Result<std::span<const std::byte>> record =
        reads_record ? reader.record() : std::span<const std::byte>();
    if (item && record) {
        ++visited_;
        is_ended_ = !visitor_.sound(*item, *record);
        return {};
    }
    const Error& why = item ? record.error() : item.error();
    if (why.code != ErrorCode::kCorpusDamaged) {
        return why;
    }
    return report(reader.damaged_row(why));
}

Result<void> RowWalk::report(const DamagedRow& row) {
    if (!visitor_.damaged) {
        return Error{ErrorCode::kCorpusDamaged, row.problem};
    }
    ++visited_;
    is_ended_ = !visitor_.damaged(row);
    return {};
}

}  // namespace refrain::store
