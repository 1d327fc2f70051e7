#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/log.h"
#include "refrain/result.h"

struct sqlite3;

namespace refrain::store {

/// Version of the schema in docs/store-schema.md.
inline constexpr std::uint32_t kSchemaVersion = 1;

enum class Mode { kReadOnly, kReadWrite, kCreate };

struct StoreOptions {
    MediaTime busy_wait = MediaTime::from_seconds(10);
    LogSink* log = nullptr;
};

/// A row of the catalogue without its record.
struct StoredItem {
    std::int64_t key = 0;  ///< never used twice, not even after a removal
    std::string id;
    std::string bank;
    std::string name;
    std::string source;
    std::map<std::string, std::string> labels;
    MediaInfo media;
    bool is_partial = false;
    std::uint64_t frames = 0;
    std::uint64_t record_bytes = 0;
    std::int64_t added_at_us = 0;
};

/// A row whose columns, or whose record's length, cannot be believed.
struct DamagedRow {
    std::int64_t key = 0;
    std::string id;      ///< as the row says or, where that cannot be read, the log of changes
    std::string source;  ///< where its medium came from; empty where that cannot be read
    std::string problem;
};

/// Rows that were asked for; damage of some does not keep the others back.
struct ItemList {
    std::vector<StoredItem> items;
    std::vector<DamagedRow> damaged;
    std::string last_id;  ///< of all of these; empty: there was none
};

/// A row to write. `record` is the encoded fingerprint, kept as it is.
struct NewRow {
    std::string id;
    std::string bank;
    std::string name;
    std::string source;
    std::map<std::string, std::string> labels;
    MediaInfo media;
    bool is_partial = false;
    std::uint64_t frames = 0;
    std::vector<std::byte> record;
};

struct PutOutcome {
    bool was_known = false;  ///< the same bytes were in the same bank
    std::int64_t key = 0;
    std::string id;
    std::uint64_t record_bytes = 0;
    std::uint64_t frames = 0;
    bool made_bank = false;     ///< the row is the first that its bank ever had
    bool was_replaced = false;  ///< it took the place of one with a damaged record
};

enum class ChangeKind : std::uint8_t { kAdd = 1, kRemove = 2 };

/// One entry of the append-only log of changes.
struct Change {
    std::uint64_t sequence = 0;  ///< 1, 2, 3, ... in order of commit
    ChangeKind kind = ChangeKind::kAdd;
    std::int64_t key = 0;
    std::string id;
    std::int64_t at_us = 0;  ///< since 1970 UTC
};

struct BankCount {
    std::string bank;
    std::uint64_t items = 0;
    std::uint64_t frames = 0;
};

struct Totals {
    std::uint64_t items = 0;
    std::uint64_t images = 0;
    std::uint64_t videos = 0;
    std::uint64_t frames = 0;
    std::uint64_t record_bytes = 0;
    std::uint64_t video_record_bytes = 0;  ///< of these in records of videos
    std::uint64_t with_source = 0;         ///< items whose source is not empty
    std::uint64_t file_bytes = 0;          ///< database, write-ahead log and shared memory
    MediaTime video_duration;
    std::vector<BankCount> banks;  ///< by name
};

/// The durable catalogue: the truth about what is known. SQLite in WAL mode with
/// synchronous=FULL, one packed record per medium.
///
/// Thread safety: safe to share; calls take turns on one connection.
class Store {
  public:
    /// @error kCorpusNotFound, kCorpusDamaged, kCorpusTooNew, kCorpusReadOnly, kCorpusBusy,
    ///        kDiskFull, kUnreadable
    [[nodiscard]] static Result<Store> open(const std::filesystem::path& folder,
                                            Mode mode,
                                            const StoreOptions& options = {});
    Store(Store&&) noexcept;
    Store& operator=(Store&&) noexcept;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    ~Store();

    /// Whether a record that is there may stand for a row that is to be written.
    using RecordCheck = std::function<bool(const NewRow&, std::span<const std::byte>)>;

    /// Writes all rows in one transaction that is on disk when this returns; on an error, none.
    /// A row whose bank and SHA-256 are known already is left out and says so, even when the
    /// known one stands earlier in the same batch.
    ///
    /// @param is_sound  refuses the record of the known one: it is removed, and the row written;
    ///                  it may not use this store
    /// @error kIdTaken, kDiskFull, kCorpusBusy, kCorpusReadOnly, kCorpusDamaged
    [[nodiscard]] Result<std::vector<PutOutcome>> put(std::span<const NewRow> rows,
                                                      const RecordCheck& is_sound = {});

    /// Drops items in one durable transaction. @return for each id whether it was known
    [[nodiscard]] Result<std::vector<bool>> remove(std::span<const std::string> ids);

    [[nodiscard]] Result<std::optional<StoredItem>> find_bytes(std::string_view bank,
                                                               const Sha256& sha256) const;
    /// The items that hold these bytes in any bank, by id.
    [[nodiscard]] Result<ItemList> find_bytes_anywhere(const Sha256& sha256) const;
    /// @error kCorpusDamaged  the row cannot be believed
    [[nodiscard]] Result<std::optional<StoredItem>> item(std::int64_t key) const;

    /// The items whose ids follow `after` in byte order, at most `limit`, without records; an empty
    /// `after` begins with the first.
    [[nodiscard]] Result<ItemList> items_after(std::string_view after, std::size_t limit) const;

    /// Names of all banks that ever had an item, in byte order.
    [[nodiscard]] Result<std::vector<std::string>> banks() const;

    /// The id under which the item with this key was added, as the log of changes has it.
    [[nodiscard]] Result<std::optional<std::string>> id_in_log(std::int64_t key) const;

    /// Either is called for each item, by key, and returns false to end.
    struct RecordVisitor {
        /// The record is borrowed for the call.
        std::function<bool(const StoredItem&, std::span<const std::byte>)> sound;
        /// None: a damaged row ends the reading with an error.
        std::function<bool(const DamagedRow&)> damaged = nullptr;
    };
    /// `last_sequence` is the number of the last change that this reading saw.
    struct Snapshot {
        std::uint64_t last_sequence = 0;
        std::uint64_t items = 0;  ///< that were visited, damaged ones included
    };
    /// All items with their records. Where the table itself cannot be walked, each item that the
    /// log of changes names is looked up by its key.
    [[nodiscard]] Result<Snapshot> each_record(const RecordVisitor& visitor) const;

    /// The record of one item, as it was put; nothing if it is not there.
    [[nodiscard]] Result<std::optional<std::vector<std::byte>>> record(std::int64_t key) const;

    /// Changes after `sequence`, oldest first, at most `limit`.
    [[nodiscard]] Result<std::vector<Change>> changes_after(std::uint64_t sequence,
                                                            std::size_t limit) const;
    [[nodiscard]] Result<std::uint64_t> last_sequence() const;

    [[nodiscard]] Result<Totals> totals() const;

    /// Problems of the database's own structure (`PRAGMA integrity_check`), one line each, and rows
    /// whose columns contradict each other; empty: none.
    [[nodiscard]] Result<std::vector<std::string>> check_structure() const;

    /// Copies every page into another, open database, as of one commit.
    /// @error kCorpusDamaged, kCorpusBusy, kDiskFull, kUnreadable
    [[nodiscard]] Result<void> copy_to(sqlite3* target) const;

  private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The SQLite version in use.
[[nodiscard]] std::string sqlite_version();

}  // namespace refrain::store
