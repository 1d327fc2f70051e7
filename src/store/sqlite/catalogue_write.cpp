#include <chrono>

#include <spdlog/fmt/fmt.h>

#include "base/log.h"
#include "store/row_check.h"
#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/item_writer.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

/// Leaves room for the other columns of the row, which share SQLite's limit.
static_assert(kMaxRecordBytes <= kMaxValueBytes - (1U << 20));

std::int64_t now_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// The statements of one batch, prepared once.
class BatchWriter {
  public:
    BatchWriter(sqlite3* connection, const Catalogue::RecordCheck& is_sound)
        : is_sound_(is_sound),
          known_(connection,
                 "SELECT m.key, m.id, m.record_bytes, m.frames FROM medium AS m "
                 "JOIN bank AS b ON b.key = m.bank WHERE b.name = ?1 AND m.sha256 = ?2"),
          same_id_(connection, "SELECT 1 FROM medium WHERE id = ?1"),
          items_(connection),
          record_(connection, "SELECT record FROM medium WHERE key = ?1"),
          drop_(connection, "DELETE FROM medium WHERE id = ?1 RETURNING key"),
          at_us_(now_us()) {}

    [[nodiscard]] Result<PutOutcome> put(const NewRow& row) {
        Result<std::optional<PutOutcome>> known = known_outcome(row);
        if (!known) {
            return known.error();
        }
        const Result<bool> is_kept =
            known->has_value() ? is_sound(row, (*known)->key) : Result<bool>(false);
        if (!is_kept) {
            return is_kept.error();
        }
        if (*is_kept) {
            return std::move(**known);
        }
        if (known->has_value()) {
            if (const Result<bool> removed = remove((*known)->id); !removed) {
                return removed.error();
            }
        }
        if (const Result<void> is_free = check_id_is_free(row.id); !is_free) {
            return is_free.error();
        }
        Result<PutOutcome> outcome = insert(row);
        if (outcome) {
            outcome->was_replaced = known->has_value();
        }
        return outcome;
    }

    [[nodiscard]] Result<bool> remove(const std::string& id) {
        drop_.reset();
        Result<bool> dropped = drop_.bind_text(1, id).step();
        if (!dropped || !*dropped) {
            return dropped;
        }
        const std::int64_t key = drop_.integer(0);
        if (const Result<void> rest = drop_.run(); !rest) {
            return rest.error();
        }
        if (const Result<void> logged = items_.log_change(ChangeKind::kRemove, key, id, at_us_);
            !logged) {
            return logged.error();
        }
        return true;
    }

  private:
    [[nodiscard]] Result<bool> is_sound(const NewRow& row, std::int64_t key) {
        if (!is_sound_) {
            return true;
        }
        record_.reset();
        const Result<bool> found = record_.bind(1, key).step();
        const Result<std::span<const std::byte>> record =
            found && *found ? record_.blob(0) : std::span<const std::byte>();
        const bool sound = found && record && is_sound_(row, *record);
        if (!found || !record) {
            const Error& why = found ? record.error() : found.error();
            if (why.code != ErrorCode::kCorpusDamaged) {
                return why;
            }
        }
        record_.reset();
        return sound;
    }

    [[nodiscard]] Result<std::optional<PutOutcome>> known_outcome(const NewRow& row) {
        known_.reset();
        const Result<bool> found =
            known_.bind_text(1, row.bank).bind_blob(2, row.media.digest.sha256).step();
        if (!found) {
            return found.error();
        }
        if (!*found) {
            return std::optional<PutOutcome>();
        }
        return std::optional(PutOutcome{true, known_.integer(0), known_.text(1),
                                        static_cast<std::uint64_t>(known_.integer(2)),
                                        static_cast<std::uint64_t>(known_.integer(3)), false});
    }

    [[nodiscard]] Result<void> check_id_is_free(const std::string& id) {
        same_id_.reset();
        const Result<bool> taken = same_id_.bind_text(1, id).step();
        if (!taken) {
            return taken.error();
        }
        if (*taken) {
            return Error{ErrorCode::kIdTaken,
                         fmt::format("corpus: the id {} belongs to another item", id)};
        }
        return {};
    }

    [[nodiscard]] Result<PutOutcome> insert(const NewRow& row) {
        StoredItem item;
        item.id = row.id;
        item.bank = row.bank;
        item.name = row.name;
        item.source = row.source;
        item.labels = row.labels;
        item.media = row.media;
        item.is_partial = row.is_partial;
        item.frames = row.frames;
        item.record_bytes = row.record.size();
        item.added_at_us = at_us_;
        const Result<WrittenItem> written = items_.add(item, row.record);
        if (!written) {
            return written.error();
        }
        return PutOutcome{false,      written->key,      row.id, row.record.size(),
                          row.frames, written->made_bank};
    }

    const Catalogue::RecordCheck& is_sound_;
    Statement known_;
    Statement same_id_;
    ItemWriter items_;
    Statement record_;
    Statement drop_;
    std::int64_t at_us_;
};

/// One transaction over all of `inputs`: `write` for each, in order, then the commit.
template <typename Output, typename Input, typename Write>
Result<std::vector<Output>> write_batch(sqlite3* connection,
                                        const Catalogue::RecordCheck& is_sound,
                                        std::span<const Input> inputs,
                                        const Write& write) {
    Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::kWrite);
    if (!transaction) {
        return transaction.error();
    }
    std::vector<Output> outputs;
    outputs.reserve(inputs.size());
    {
        // Gone before the commit: a statement that still stands on a row would make it fail.
        BatchWriter writer(connection, is_sound);
        for (const Input& input : inputs) {
            Result<Output> output = write(writer, input);
            if (!output) {
                return output.error();
            }
            outputs.push_back(std::move(*output));
        }
    }
    if (const Result<void> committed = transaction->commit(); !committed) {
        return committed.error();
    }
    return outputs;
}

}  // namespace

Result<std::vector<PutOutcome>> SqliteCatalogue::put(std::span<const NewRow> rows,
                                                     const RecordCheck& is_sound) {
    for (const NewRow& row : rows) {
        if (const Result<void> checked = check_row(row); !checked) {
            return checked.error();
        }
    }
    const std::lock_guard lock(impl_->write_mutex);
    if (const Result<void> writable = impl_->check_writable(); !writable) {
        return writable.error();
    }
    if (rows.empty()) {
        return std::vector<PutOutcome>();
    }
    Result<std::vector<PutOutcome>> outcomes = write_batch<PutOutcome, NewRow>(
        impl_->writer.connection.get(), is_sound, rows,
        [](BatchWriter& writer, const NewRow& row) { return writer.put(row); });
    if (outcomes) {
        base::log(impl_->options.log, LogLevel::kDebug, "store put={}", rows.size());
    }
    return outcomes;
}

Result<std::vector<bool>> SqliteCatalogue::remove(std::span<const std::string> ids) {
    const std::lock_guard lock(impl_->write_mutex);
    if (const Result<void> writable = impl_->check_writable(); !writable) {
        return writable.error();
    }
    if (ids.empty()) {
        return std::vector<bool>();
    }
    Result<std::vector<bool>> known = write_batch<bool, std::string>(
        impl_->writer.connection.get(), {}, ids,
        [](BatchWriter& writer, const std::string& id) { return writer.remove(id); });
    if (known) {
        base::log(impl_->options.log, LogLevel::kDebug, "store remove={}", ids.size());
    }
    return known;
}

Result<void> SqliteCatalogue::set(const std::string& name,
                                  const std::optional<std::string>& value) {
    if (name.empty() || name.size() > kMaxTextBytes || (value && value->size() > kMaxTextBytes)) {
        return Error{ErrorCode::kInvalidArgument, "corpus: a setting without a name, or too long"};
    }
    const std::lock_guard lock(impl_->write_mutex);
    if (Result<void> writable = impl_->check_writable(); !writable) {
        return writable;
    }
    sqlite3* const connection = impl_->writer.connection.get();
    if (!value) {
        return Statement(connection, "DELETE FROM setting WHERE name = ?1")
            .bind_text(1, name)
            .run();
    }
    return Statement(connection,
                     "INSERT INTO setting (name, value) VALUES (?1, ?2) "
                     "ON CONFLICT (name) DO UPDATE SET value = excluded.value")
        .bind_text(1, name)
        .bind_text(2, *value)
        .run();
}

}  // namespace refrain::store
