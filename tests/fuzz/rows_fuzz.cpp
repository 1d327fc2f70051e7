// Rows of the store as a damaged or foreign database may hold them: columns of any type and value,
// which no constraint of the schema has seen. What is handed over as sound is within its ranges.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <string>

#include <sqlite3.h>

#include "refrain/fingerprint.h"

#include "store/sqlite/row_walk.h"
#include "store/sqlite/statement.h"

namespace {

using namespace refrain;

// The columns of `medium` without their types and checks.
constexpr const char* kTables =
    "CREATE TABLE bank (key, name);"
    "CREATE TABLE label (medium, name, value);"
    "CREATE TABLE change (sequence INTEGER PRIMARY KEY, kind, medium, id, at_us);"
    "CREATE TABLE medium (key, bank, id, sha256, md5, bytes, kind, width, height, duration_us, "
    "container, codec, name, source, is_partial, frames, record_bytes, added_at_us, record)";
constexpr const char* kPutMedium =
    "INSERT INTO medium VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,"
    "?19)";
constexpr int kMediumColumns = 19;

/// Takes values from the input. Past its end all are null.
class Values {
  public:
    explicit Values(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    [[nodiscard]] bool is_drained() const { return rest_.empty(); }

    /// One byte says of which type, the next how long; likely values have types of their own.
    void bind_next(sqlite3_stmt* statement, int parameter) {
        const std::uint8_t type = byte();
        std::int64_t number = 0;
        switch (type % 8) {
            case 0:
                sqlite3_bind_int64(statement, parameter, byte());
                return;
            case 1: {
                const auto bytes = take(sizeof number);
                std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(&number));
                sqlite3_bind_int64(statement, parameter, number);
                return;
            }
            case 2:
                sqlite3_bind_double(statement, parameter, 1e300 * byte());
                return;
            case 3:
                bind_blob(statement, parameter, take(32));
                return;
            case 4:
                bind_blob(statement, parameter, take(16));
                return;
            case 5:
                bind_blob(statement, parameter, take(byte()));
                return;
            case 6: {
                const auto text = take(byte());
                sqlite3_bind_text(statement, parameter, reinterpret_cast<const char*>(text.data()),
                                  static_cast<int>(text.size()), SQLITE_TRANSIENT);
                return;
            }
            default:
                sqlite3_bind_null(statement, parameter);
        }
    }

  private:
    static void bind_blob(sqlite3_stmt* statement,
                          int parameter,
                          std::span<const std::uint8_t> bytes) {
        sqlite3_bind_blob(statement, parameter, bytes.data(), static_cast<int>(bytes.size()),
                          SQLITE_TRANSIENT);
    }
    std::uint8_t byte() {
        const auto one = take(1);
        return one.empty() ? std::uint8_t{7} : one[0];
    }
    std::span<const std::uint8_t> take(std::size_t size) {
        const auto taken = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }

    std::span<const std::uint8_t> rest_;
};

void insert(sqlite3* connection, const char* sql, int columns, Values& values) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(connection, sql, -1, &statement, nullptr) != SQLITE_OK) {
        std::abort();
    }
    for (int column = 1; column <= columns; ++column) {
        values.bind_next(statement, column);
    }
    static_cast<void>(sqlite3_step(statement));  // a key that is there already is refused
    sqlite3_finalize(statement);
}

void check(const store::StoredItem& item, std::span<const std::byte> record) {
    const MediaInfo& media = item.media;
    const bool is_known_kind = media.kind == MediaKind::kImage || media.kind == MediaKind::kVideo;
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (!is_known_kind || media.width < 0 || media.height < 0 || media.duration.us < 0 ||
        media.digest.bytes > kMost || item.frames > kMost || item.record_bytes != record.size()) {
        std::abort();
    }
    static_cast<void>(decode_fingerprint(record));
}

sqlite3* open_tables() {
    sqlite3* connection = nullptr;
    if (sqlite3_open(":memory:", &connection) != SQLITE_OK ||
        sqlite3_exec(connection, kTables, nullptr, nullptr, nullptr) != SQLITE_OK) {
        std::abort();
    }
    return connection;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static sqlite3* const connection = open_tables();
    constexpr const char* kEmpty =
        "BEGIN; DELETE FROM medium; DELETE FROM label; DELETE FROM bank; DELETE FROM change";
    if (sqlite3_exec(connection, kEmpty, nullptr, nullptr, nullptr) != SQLITE_OK) {
        std::abort();
    }
    Values values(std::span(data, size));
    insert(connection, "INSERT INTO bank VALUES (?1, ?2)", 2, values);
    for (int row = 0; row < 8 && !values.is_drained(); ++row) {
        insert(connection, kPutMedium, kMediumColumns, values);
        insert(connection, "INSERT INTO label VALUES (?1, ?2, ?3)", 3, values);
        insert(connection, "INSERT OR IGNORE INTO change VALUES (?1, ?2, ?3, ?4, ?5)", 5, values);
    }
    std::uint64_t seen = 0;
    const store::Catalogue::RecordVisitor visitor{
        [&](const store::StoredItem& item, std::span<const std::byte> record) {
            check(item, record);
            ++seen;
            return true;
        },
        [&](const store::DamagedRow& row) {
            if (row.problem.empty()) {
                std::abort();
            }
            ++seen;
            return true;
        }};
    const auto walked = store::RowWalk(connection, visitor, store::ItemReader::Records::kAll).run();
    if (walked && *walked != seen) {
        std::abort();
    }
    static_cast<void>(sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr));
    return 0;
}
