#include "store/sqlite/edit_writer.h"

#include <utility>

#include "store/edit_text.h"

namespace refrain::store {

EditWriter::EditWriter(sqlite3* connection, ItemWriter& items, std::int64_t at_us)
    : connection_(connection),
      items_(items),
      states_(connection),
      at_us_(at_us),
      found_(connection,
             "SELECT m.key, b.name FROM medium AS m JOIN bank AS b ON b.key = m.bank WHERE m.id = "
             "?1"),
      labels_(connection, "SELECT name, value FROM label WHERE medium = ?1"),
      set_label_(connection,
                 "INSERT INTO label (medium, name, value) VALUES (?1, ?2, ?3) ON CONFLICT "
                 "(medium, name) DO UPDATE SET value = excluded.value"),
      drop_label_(connection, "DELETE FROM label WHERE medium = ?1 AND name = ?2") {}

Result<std::map<std::string, std::string>> EditWriter::labels_of(std::int64_t key) {
    std::map<std::string, std::string> labels;
    labels_.reset();
    labels_.bind(1, key);
    while (true) {
        const Result<bool> row = labels_.step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return labels;
        }
        labels.emplace(labels_.text(0), labels_.text(1));
    }
}

Result<std::string> EditWriter::set_labels(std::int64_t key, const LabelEdits& labels) {
    if (labels.empty()) {
        return std::string();
    }
    const Result<std::map<std::string, std::string>> held = labels_of(key);
    if (!held) {
        return held.error();
    }
    for (const auto& [name, value] : labels) {
        Statement& statement = value ? set_label_ : drop_label_;
        statement.reset();
        statement.bind(1, key).bind_text(2, name);
        if (value) {
            statement.bind_text(3, *value);
        }
        if (const Result<void> done = statement.run(); !done) {
            return done.error();
        }
    }
    return label_text(*held, labels);
}

Result<bool> EditWriter::merge_labels(std::int64_t key,
                                      const std::string& id,
                                      const std::map<std::string, std::string>& labels,
                                      bool replaces) {
    const Result<std::map<std::string, std::string>> held = labels_of(key);
    if (!held) {
        return held.error();
    }
    LabelEdits edits;
    for (const auto& [name, value] : labels) {
        if (replaces || !held->contains(name)) {
            edits[name] = value;
        }
    }
    const Result<std::string> detail = set_labels(key, edits);
    Result<ItemState> state = detail ? states_.read(key) : Result<ItemState>(detail.error());
    if (!state) {
        return state.error();
    }
    if (detail->empty()) {
        return false;
    }
    if (const Result<void> noted = note(ChangeKind::kLabel, key, id, *detail, *state); !noted) {
        return noted.error();
    }
    const Result<void> written = states_.write(key, *state);
    return written ? Result<bool>(true) : Result<bool>(written.error());
}

Result<bool> EditWriter::move(std::int64_t key, const std::string& bank, bool& made_bank) {
    Statement taken(connection_,
                    "SELECT 1 FROM medium WHERE bank = (SELECT key FROM bank WHERE name = ?2) AND "
                    "sha256 = (SELECT sha256 FROM medium WHERE key = ?1)");
    const Result<bool> is_taken = taken.bind(1, key).bind_text(2, bank).step();
    if (!is_taken || *is_taken) {
        return is_taken ? Result<bool>(false) : is_taken;
    }
    taken.reset();
    const Result<std::int64_t> target = items_.bank_key(bank, made_bank);
    if (!target) {
        return target.error();
    }
    Statement update(connection_, "UPDATE medium SET bank = ?2 WHERE key = ?1");
    const Result<void> done = update.bind(1, key).bind(2, *target).run();
    return done ? Result<bool>(true) : Result<bool>(done.error());
}

Result<void> EditWriter::note(ChangeKind kind,
                              std::int64_t key,
                              const std::string& id,
                              const std::string& detail,
                              ItemState& state) {
    ++state.revision;
    return items_.log_change(kind, key, id, at_us_, detail);
}

Result<EditOutcome> EditWriter::edit(const ItemEdit& edit, const std::string& reason) {
    found_.reset();
    const Result<bool> found = found_.bind_text(1, edit.id).step();
    if (!found || !*found) {
        return found ? Result<EditOutcome>(EditOutcome()) : Result<EditOutcome>(found.error());
    }
    const std::int64_t key = found_.integer(0);
    const std::string bank = found_.text(1);
    found_.reset();
    Result<ItemState> read = states_.read(key);
    if (!read) {
        return read.error();
    }
    ItemState state = *read;
    if (edit.if_revision && *edit.if_revision != state.revision) {
        return EditOutcome{EditStatus::kStale, state.revision, false};
    }
    EditOutcome outcome{EditStatus::kUnchanged, state.revision, false};
    // First what may be refused, so that nothing else is done then.
    if (edit.bank && *edit.bank != bank) {
        const Result<bool> moved = move(key, *edit.bank, outcome.made_bank);
        if (!moved) {
            return moved.error();
        }
        if (!*moved) {
            return EditOutcome{EditStatus::kTaken, state.revision, false};
        }
        if (const Result<void> noted =
                note(ChangeKind::kMove, key, edit.id, move_text(bank, *edit.bank), state);
            !noted) {
            return noted.error();
        }
    }
    const Result<std::string> labels = set_labels(key, edit.labels);
    if (!labels) {
        return labels.error();
    }
    if (!labels->empty()) {
        if (const Result<void> noted = note(ChangeKind::kLabel, key, edit.id, *labels, state);
            !noted) {
            return noted.error();
        }
    }
    if (const std::optional<ChangeKind> kind = turn_switch(state, edit, reason)) {
        if (const Result<void> noted = note(*kind, key, edit.id, switch_text(state), state);
            !noted) {
            return noted.error();
        }
    }
    if (state == *read) {
        return outcome;
    }
    if (const Result<void> written = states_.write(key, state); !written) {
        return written.error();
    }
    outcome.status = EditStatus::kChanged;
    outcome.revision = state.revision;
    return outcome;
}

}  // namespace refrain::store
