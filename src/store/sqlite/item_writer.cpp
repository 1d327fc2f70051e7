#include "store/sqlite/item_writer.h"

namespace refrain::store {

ItemWriter::ItemWriter(sqlite3* connection)
    : connection_(connection),
      bank_(connection, "INSERT INTO bank (name) VALUES (?1) ON CONFLICT DO NOTHING"),
      medium_(connection,
              "INSERT INTO medium (key, id, bank, sha256, md5, bytes, kind, width, height, "
              "duration_us, container, codec, name, source, is_partial, frames, record_bytes, "
              "added_at_us, record) VALUES (?1, ?2, (SELECT key FROM bank WHERE name = ?3), "
              "?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"),
      label_(connection, "INSERT INTO label (medium, name, value) VALUES (?1, ?2, ?3)"),
      change_(connection, "INSERT INTO change (kind, medium, id, at_us) VALUES (?1, ?2, ?3, ?4)") {}

Result<WrittenItem> ItemWriter::add(const StoredItem& item, std::span<const std::byte> record) {
    bank_.reset();
    if (const Result<void> done = bank_.bind_text(1, item.bank).run(); !done) {
        return done.error();
    }
    const bool made_bank = sqlite3_changes(connection_) > 0;
    const Result<std::int64_t> key = add_medium(item, record);
    if (!key) {
        return key.error();
    }
    if (const Result<void> done = add_labels(*key, item); !done) {
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

Result<void> ItemWriter::log_change(ChangeKind kind,
                                    std::int64_t key,
                                    const std::string& id,
                                    std::int64_t at_us) {
    change_.reset();
    return change_.bind(1, static_cast<std::int64_t>(kind))
        .bind(2, key)
        .bind_text(3, id)
        .bind(4, at_us)
        .run();
}

}  // namespace refrain::store
