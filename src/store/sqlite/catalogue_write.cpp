#include <spdlog/fmt/fmt.h>

#include "base/log_line.h"
#include "store/row_check.h"
#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/claim_writer.h"
#include "store/sqlite/edit_writer.h"
#include "store/sqlite/item_writer.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/write_batch.h"

namespace refrain::store {

namespace {

/// Leaves room for the other columns of the row, which share SQLite's limit.
static_assert(kMaxRecordBytes <= kMaxValueBytes - (1U << 20));

// An item that moved keeps an id made from another bank, and may be added there again.
constexpr int kMostNamesakes = 1000;

/// The statements of one batch, prepared once.
class BatchWriter {
  public:
    BatchWriter(sqlite3* connection, const Catalogue::PutOptions& options)
        : options_(options),
          at_us_(now_us()),
          known_(connection,
                 "SELECT m.key, m.id, m.record_bytes, m.frames FROM medium AS m "
                 "JOIN bank AS b ON b.key = m.bank WHERE b.name = ?1 AND m.sha256 = ?2"),
          same_id_(connection, "SELECT 1 FROM medium WHERE id = ?1"),
          items_(connection, options.author),
          claims_(connection, items_, at_us_),
          edits_(connection, items_, at_us_),
          record_(connection, "SELECT record FROM medium WHERE key = ?1"),
          digest_(connection,
                  "INSERT INTO digest (algorithm, bytes, medium) VALUES (?1, ?2, ?3) "
                  "ON CONFLICT DO NOTHING"),
          drop_(connection, "DELETE FROM medium WHERE id = ?1 RETURNING key") {}

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
            return merge(row, std::move(**known));
        }
        const Result<bool> is_stale = are_all_stale(row);
        if (!is_stale || *is_stale) {
            PutOutcome outcome;
            outcome.is_stale = true;
            return is_stale ? Result<PutOutcome>(outcome) : Result<PutOutcome>(is_stale.error());
        }
        if (known->has_value()) {
            if (const Result<bool> removed = remove((*known)->id); !removed) {
                return removed.error();
            }
        }
        const Result<std::string> id = free_id(row);
        if (!id) {
            return id.error();
        }
        Result<PutOutcome> outcome = insert(row, *id);
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
        if (!options_.is_sound) {
            return true;
        }
        record_.reset();
        const Result<bool> found = record_.bind(1, key).step();
        const Result<std::span<const std::byte>> record =
            found && *found ? record_.blob(0) : std::span<const std::byte>();
        const bool sound = found && record && options_.is_sound(row, *record);
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
        PutOutcome outcome;
        outcome.was_known = true;
        outcome.key = known_.integer(0);
        outcome.id = known_.text(1);
        outcome.record_bytes = static_cast<std::uint64_t>(known_.integer(2));
        outcome.frames = static_cast<std::uint64_t>(known_.integer(3));
        known_.reset();
        return std::optional(std::move(outcome));
    }

    /// Adds to a known item what the row says beside its bytes.
    [[nodiscard]] Result<PutOutcome> merge(const NewRow& row, PutOutcome known) {
        for (const SourceClaim& claim : row.claims) {
            const Result<bool> is_stale = claims_.is_stale(row.bank, claim);
            const Result<bool> is_changed =
                is_stale && !*is_stale ? claims_.put(row.bank, known.key, known.id, claim, false)
                                       : is_stale;
            if (!is_changed) {
                return is_changed.error();
            }
            known.has_new_claims = known.has_new_claims || (!*is_stale && *is_changed);
        }
        if (const Result<void> added = add_digests(row, known.key); !added) {
            return added.error();
        }
        if (options_.labels == LabelRule::kKeep || row.labels.empty()) {
            return known;
        }
        const Result<bool> is_changed = edits_.merge_labels(known.key, known.id, row.labels,
                                                            options_.labels == LabelRule::kUpdate);
        known.has_new_labels = is_changed && *is_changed;
        return is_changed ? Result<PutOutcome>(std::move(known))
                          : Result<PutOutcome>(is_changed.error());
    }

    [[nodiscard]] Result<bool> are_all_stale(const NewRow& row) {
        for (const SourceClaim& claim : row.claims) {
            const Result<bool> is_stale = claims_.is_stale(row.bank, claim);
            if (!is_stale || !*is_stale) {
                return is_stale;
            }
        }
        return !row.claims.empty();
    }

    [[nodiscard]] Result<bool> is_taken(const std::string& id) {
        same_id_.reset();
        return same_id_.bind_text(1, id).step();
    }

    [[nodiscard]] Result<std::string> free_id(const NewRow& row) {
        std::string id = row.id;
        for (int namesake = 2;; ++namesake) {
            const Result<bool> taken = is_taken(id);
            if (!taken) {
                return taken.error();
            }
            if (!*taken) {
                return id;
            }
            if (!row.may_rename || namesake > kMostNamesakes) {
                return Error{ErrorCode::kIdTaken,
                             fmt::format("corpus: the id {} belongs to another item", row.id)};
            }
            id = fmt::format("{}-{}", row.id, namesake);
        }
    }

    [[nodiscard]] Result<void> add_digests(const NewRow& row, std::int64_t key) {
        for (const FileDigest& digest : row.digests) {
            digest_.reset();
            digest_.bind(1, static_cast<std::int64_t>(digest.algorithm))
                .bind_blob(2, std::span<const std::uint8_t>(digest.bytes))
                .bind(3, key);
            if (Result<void> done = digest_.run(); !done) {
                return done;
            }
        }
        return {};
    }

    [[nodiscard]] Result<PutOutcome> insert(const NewRow& row, const std::string& id) {
        StoredItem item;
        item.id = id;
        item.bank = row.bank;
        item.name = row.name;
        item.source = row.source;
        item.labels = row.labels;
        item.media = row.media;
        item.is_partial = row.is_partial;
        item.frames = row.frames;
        item.record_bytes = row.record.size();
        item.added_at_us = at_us_;
        item.state.disabled_until_us = row.disabled_until_us;
        const Result<WrittenItem> written = items_.add(item, row.record);
        if (!written) {
            return written.error();
        }
        if (const Result<void> added = add_digests(row, written->key); !added) {
            return added.error();
        }
        for (const SourceClaim& claim : row.claims) {
            const Result<bool> is_stale = claims_.is_stale(row.bank, claim);
            const Result<bool> added = is_stale && !*is_stale
                                           ? claims_.put(row.bank, written->key, id, claim, true)
                                           : is_stale;
            if (!added) {
                return added.error();
            }
        }
        PutOutcome outcome;
        outcome.key = written->key;
        outcome.id = id;
        outcome.record_bytes = row.record.size();
        outcome.frames = row.frames;
        outcome.made_bank = written->made_bank;
        return outcome;
    }

    const Catalogue::PutOptions& options_;
    std::int64_t at_us_;
    Statement known_;
    Statement same_id_;
    ItemWriter items_;
    ClaimWriter claims_;
    EditWriter edits_;
    Statement record_;
    Statement digest_;
    Statement drop_;
};

}  // namespace

Result<std::vector<PutOutcome>> SqliteCatalogue::put(std::span<const NewRow> rows,
                                                     const PutOptions& options) {
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
    sqlite3* const connection = impl_->writer.connection.get();
    Result<std::vector<PutOutcome>> outcomes = write_batch<PutOutcome, NewRow>(
        connection, rows, [&] { return BatchWriter(connection, options); },
        [](BatchWriter& writer, const NewRow& row) { return writer.put(row); });
    if (outcomes) {
        base::log(impl_->options.log, LogLevel::kDebug, "store put={}", rows.size());
    }
    return outcomes;
}

Result<std::vector<bool>> SqliteCatalogue::remove(std::span<const std::string> ids,
                                                  const Author& author) {
    const std::lock_guard lock(impl_->write_mutex);
    if (const Result<void> writable = impl_->check_writable(); !writable) {
        return writable.error();
    }
    if (ids.empty()) {
        return std::vector<bool>();
    }
    sqlite3* const connection = impl_->writer.connection.get();
    const PutOptions options{{}, author, LabelRule::kKeep};
    Result<std::vector<bool>> known = write_batch<bool, std::string>(
        connection, ids, [&] { return BatchWriter(connection, options); },
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
