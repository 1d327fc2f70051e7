#include "store/sqlite/item_reader.h"

#include <algorithm>
#include <limits>

#include <spdlog/fmt/fmt.h>

#include "store/sqlite/schema.h"

namespace refrain::store {

namespace {

constexpr std::string_view kColumns =
    "m.key, m.id, b.name, m.name, m.source, m.kind, m.width, m.height, m.duration_us, m.bytes, "
    "m.sha256, m.md5, m.container, m.codec, m.is_partial, m.frames, m.record_bytes, m.added_at_us";
constexpr int kRecordBytesColumn = 16;
constexpr int kRecordColumn = 18;

Error damaged(std::int64_t key, std::string_view what) {
    return {ErrorCode::kCorpusDamaged, fmt::format("corpus: item with key {}: {}", key, what)};
}

template <typename Digest>
bool read_digest(const Statement& rows, int column, Digest& digest) {
    const Result<std::span<const std::byte>> blob = rows.blob(column);
    if (!blob || blob->size() != digest.size()) {
        return false;
    }
    std::transform(blob->begin(), blob->end(), digest.begin(),
                   [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
    return true;
}

}  // namespace

ItemReader::ItemReader(sqlite3* connection, std::string_view condition, Records records)
    : rows_(connection,
            fmt::format("SELECT {}{} FROM medium AS m CROSS JOIN bank AS b ON b.key = m.bank {}",
                        kColumns,
                        records == Records::kAll ? ", m.record" : "",
                        condition)),
      labels_(connection, "SELECT name, value FROM label WHERE medium = ?1") {
    const Result<bool> has_states = has_version(connection, kFirstVersionWithStates);
    if (has_states && *has_states) {
        states_.emplace(connection,
                        "SELECT revision, disabled_until_us, is_shadow, reason "
                        "FROM state WHERE medium = ?1");
    }
}

std::int64_t ItemReader::key() const { return rows_.integer(0); }

DamagedRow ItemReader::damaged_row(const Error& why) const {
    return {key(), rows_.text(1), rows_.text(4), why.message};
}

Result<StoredItem> ItemReader::item() {
    StoredItem item;
    item.key = key();
    item.id = rows_.text(1);
    item.bank = rows_.text(2);
    item.name = rows_.text(3);
    item.source = rows_.text(4);
    const std::int64_t kind = rows_.integer(5);
    const std::int64_t width = rows_.integer(6);
    const std::int64_t height = rows_.integer(7);
    item.media.duration = MediaTime::from_us(rows_.integer(8));
    const std::int64_t bytes = rows_.integer(9);
    const std::int64_t frames = rows_.integer(15);
    const std::int64_t record_bytes = rows_.integer(kRecordBytesColumn);
    constexpr std::int64_t kMaxSide = std::numeric_limits<std::int32_t>::max();
    if (kind < 0 || kind > 1 || width < 0 || width > kMaxSide || height < 0 || height > kMaxSide ||
        item.media.duration.us < 0 || bytes < 0 || frames < 0 || record_bytes < 0) {
        return damaged(item.key, "a number is out of range");
    }
    item.media.kind = static_cast<MediaKind>(kind);
    item.media.width = static_cast<std::int32_t>(width);
    item.media.height = static_cast<std::int32_t>(height);
    item.media.digest.bytes = static_cast<std::uint64_t>(bytes);
    if (!read_digest(rows_, 10, item.media.digest.sha256) ||
        !read_digest(rows_, 11, item.media.digest.md5)) {
        return damaged(item.key, "a digest is of the wrong length");
    }
    item.media.container = rows_.text(12);
    item.media.codec = rows_.text(13);
    item.is_partial = rows_.integer(14) != 0;
    item.frames = static_cast<std::uint64_t>(frames);
    item.record_bytes = static_cast<std::uint64_t>(record_bytes);
    item.added_at_us = rows_.integer(17);
    if (const Result<void> labels = read_labels(item); !labels) {
        return labels.error();
    }
    if (const Result<void> state = read_state(item); !state) {
        return state.error();
    }
    return item;
}

Result<void> ItemReader::read_state(StoredItem& item) {
    if (!states_) {
        return {};
    }
    states_->reset();
    const Result<bool> row = states_->bind(1, item.key).step();
    if (!row) {
        return row.error();
    }
    if (!*row) {
        return {};
    }
    const std::int64_t revision = states_->integer(0);
    if (revision < 1) {
        return damaged(item.key, "its revision is out of range");
    }
    item.state.revision = static_cast<std::uint64_t>(revision);
    if (!states_->is_null(1)) {
        item.state.disabled_until_us = states_->integer(1);
    }
    item.state.is_shadow = states_->integer(2) != 0;
    item.state.reason = states_->text(3);
    return {};
}

Result<void> ItemReader::read_labels(StoredItem& item) {
    labels_.reset();
    labels_.bind(1, item.key);
    while (true) {
        const Result<bool> row = labels_.step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return {};
        }
        item.labels.emplace(labels_.text(0), labels_.text(1));
    }
}

Result<std::span<const std::byte>> ItemReader::record() const {
    Result<std::span<const std::byte>> blob = rows_.blob(kRecordColumn);
    if (blob && static_cast<std::int64_t>(blob->size()) != rows_.integer(kRecordBytesColumn)) {
        return damaged(rows_.integer(0),
                       fmt::format("its record has {} bytes instead of {}", blob->size(),
                                   rows_.integer(kRecordBytesColumn)));
    }
    return blob;
}

}  // namespace refrain::store
