#include "store/sqlite/state_writer.h"

namespace refrain::store {

StateWriter::StateWriter(sqlite3* connection)
    : read_(connection,
            "SELECT revision, disabled_until_us, is_shadow, reason FROM state WHERE medium = ?1"),
      write_(connection,
             "INSERT INTO state (medium, revision, disabled_until_us, is_shadow, reason) "
             "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (medium) DO UPDATE SET revision = "
             "excluded.revision, disabled_until_us = excluded.disabled_until_us, is_shadow = "
             "excluded.is_shadow, reason = excluded.reason") {}

Result<ItemState> StateWriter::read(std::int64_t key) {
    read_.reset();
    const Result<bool> row = read_.bind(1, key).step();
    if (!row) {
        return row.error();
    }
    ItemState state;
    if (*row) {
        state.revision = static_cast<std::uint64_t>(read_.integer(0));
        if (!read_.is_null(1)) {
            state.disabled_until_us = read_.integer(1);
        }
        state.is_shadow = read_.integer(2) != 0;
        state.reason = read_.text(3);
    }
    read_.reset();
    return state;
}

Result<void> StateWriter::write(std::int64_t key, const ItemState& state) {
    write_.reset();
    bind_state(write_, key, state);
    return write_.run();
}

void bind_state(Statement& statement, std::int64_t key, const ItemState& state) {
    statement.bind(1, key)
        .bind(2, static_cast<std::int64_t>(state.revision))
        .bind(4, state.is_shadow ? 1 : 0)
        .bind_text(5, state.reason);
    if (state.disabled_until_us) {
        statement.bind(3, *state.disabled_until_us);
    }
}

}  // namespace refrain::store
