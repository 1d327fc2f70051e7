#include "store/sqlite/item_writer.h"

#include <utility>

#include "store/sqlite/state_writer.h"

namespace refrain::store {

ItemWriter::ItemWriter(sqlite3* connection, Author author)
    : connection_(connection),
      bank_(connection, "INSERT INTO bank (name) VALUES (?1) ON CONFLICT DO NOTHING"),
      medium_(connection,
              "INSERT INTO medium (key, id, bank, sha256, md5, bytes, kind, width, height, "
              "duration_us, container, codec, name, source, is_partial, frames, record_bytes, "
              "added_at_us, record) VALUES (?1, ?2, (SELECT key FROM bank WHERE name = ?3), "
              "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"),
      label_(connection, "INSERT INTO label (medium, name, value) VALUES (?1, ?2, ?3)"),
      state_(connection,
             "INSERT INTO state (medium, revision, disabled_until_us, is_shadow, reason) "
             "VALUES (?1, ?2, ?3, ?4, ?5)"),
      change_(connection,
              "INSERT INTO change (kind, medium, id, at_us, author, detail) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
      author_(std::move(author)) {}

Result<WrittenItem> ItemWriter::add(const StoredItem& item, std::span<const std::byte> record) {
    bool made_bank = false;
    if (const Result<void> done = make_bank(item.bank, made_bank); !done) {
        return done.error();
    }
    const Result<std::int64_t> key = add_medium(item, record);
    if (!key) {
        return key.error();
    }
    if (const Result<void> done = add_labels(*key, item); !done) {
        return done.error();
    }
    if (const Result<void> done = add_state(*key, item.state); !done) {
        return done.error();
    }
    const Result<void> logged = log_change(ChangeKind::kAdd, *key, item.id, item.added_at_us);
    return logged ? Result<WrittenItem>({*key, made_bank}) : Result<WrittenItem>(logged.error());
}

Result<std::int64_t> ItemWriter::add_medium(const StoredItem& item,
                                            std::span<const std::byte> record) {
    const MediaInfo& media = item.media;
    medium_.reset();
    if (item.key != 0) {
        medium_.bind(1, item.key);
    }
    medium_.bind_text(2, item.id)
        .bind_text(3, item.bank)
        .bind_blob(4, media.digest.sha256)
        .bind_blob(5, media.digest.md5)
        .bind(6, static_cast<std::int64_t>(media.digest.bytes))
        .bind(7, static_cast<std::int64_t>(media.kind))
        .bind(8, media.width)
        .bind(9, media.height)
        .bind(10, media.duration.us)
        .bind_text(11, media.container)
        .bind_text(12, media.codec)
        .bind_text(13, item.name)
        .bind_text(14, item.source)
        .bind(15, item.is_partial ? 1 : 0)
        .bind(16, static_cast<std::int64_t>(item.frames))
        .bind(17, static_cast<std::int64_t>(item.record_bytes))
        .bind(18, item.added_at_us)
        .bind_blob(19, record);
    const Result<void> done = medium_.run();
    return done ? Result<std::int64_t>(sqlite3_last_insert_rowid(connection_))
                : Result<std::int64_t>(done.error());
}

Result<void> ItemWriter::add_labels(std::int64_t key, const StoredItem& item) {
    for (const auto& [name, value] : item.labels) {
        label_.reset();
        label_.bind(1, key).bind_text(2, name).bind_text(3, value);
        if (Result<void> done = label_.run(); !done) {
            return done;
        }
    }
    return {};
}

Result<void> ItemWriter::add_state(std::int64_t key, const ItemState& state) {
    if (state == ItemState()) {
        return {};  // a row is written when something is not as it is for all
    }
    state_.reset();
    bind_state(state_, key, state);
    return state_.run();
}

Result<void> ItemWriter::make_bank(const std::string& name, bool& made) {
    bank_.reset();
    Result<void> done = bank_.bind_text(1, name).run();
    made = done && sqlite3_changes(connection_) > 0;
    return done;
}

Result<std::int64_t> ItemWriter::bank_key(const std::string& name, bool& made) {
    if (const Result<void> done = make_bank(name, made); !done) {
        return done.error();
    }
    Statement key(connection_, "SELECT key FROM bank WHERE name = ?1");
    const Result<bool> row = key.bind_text(1, name).step();
    return row ? Result<std::int64_t>(key.integer(0)) : Result<std::int64_t>(row.error());
}

Result<void> ItemWriter::settle_author() {
    if (author_key_ != 0 || author_ == Author()) {
        return {};
    }
    Statement author(connection_,
                     "INSERT INTO author (name, reason) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
    author.bind_text(1, author_.by).bind_text(2, author_.reason);
    if (Result<void> done = author.run(); !done) {
        return done;
    }
    Statement key(connection_, "SELECT key FROM author WHERE name = ?1 AND reason = ?2");
    const Result<bool> row = key.bind_text(1, author_.by).bind_text(2, author_.reason).step();
    if (!row) {
        return row.error();
    }
    author_key_ = key.integer(0);
    return {};
}

Result<void> ItemWriter::log_change(ChangeKind kind,
                                    std::int64_t key,
                                    const std::string& id,
                                    std::int64_t at_us,
                                    std::string_view detail) {
    if (Result<void> settled = settle_author(); !settled) {
        return settled;
    }
    change_.reset();
    change_.bind(1, static_cast<std::int64_t>(kind))
        .bind(2, key)
        .bind_text(3, id)
        .bind(4, at_us)
        .bind_text(6, detail);
    if (author_key_ != 0) {
        change_.bind(5, author_key_);
    }
    return change_.run();
}

}  // namespace refrain::store
