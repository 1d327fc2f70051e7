#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/catalogue.h"
#include "refrain/fingerprint.h"
#include "refrain/log.h"
#include "refrain/result.h"

namespace refrain::store {

enum class Mode { kReadOnly, kReadWrite, kCreate };

/// How a catalogue is opened.
struct CatalogueOptions {
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
    ItemState state;

    [[nodiscard]] Knowledge knowledge() const { return knowledge_of(media, frames); }
};

/// A row with its record, byte for byte as it was put.
struct StoredRecord {
    StoredItem item;
    std::vector<std::byte> record;
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

/// The same with records. Both lists are by key.
struct RecordList {
    std::vector<StoredRecord> items;
    std::vector<DamagedRow> damaged;
};

/// Some of all records.
struct RecordPage {
    RecordList rows;
    std::int64_t next = 0;  ///< the next page begins after this key; 0: this was the last page
    std::uint64_t last_sequence = 0;  ///< of the last change that this page saw
    std::int64_t newest_key = 0;      ///< no item up to `last_sequence` had a larger key
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
    std::vector<SourceClaim> claims;  ///< times of ours are set by the catalogue
    std::vector<FileDigest> digests;  ///< beside those of `media`
    bool may_rename = false;          ///< where the id is taken it gets another one
    std::optional<std::int64_t> disabled_until_us;
};

struct PutOutcome {
    bool was_known = false;  ///< the same bytes were in the same bank
    std::int64_t key = 0;
    std::string id;
    std::uint64_t record_bytes = 0;
    std::uint64_t frames = 0;
    bool made_bank = false;       ///< the row is the first that its bank ever had
    bool was_replaced = false;    ///< it took the place of one with a damaged record
    bool has_new_labels = false;  ///< it was known, and its labels changed
    bool has_new_claims = false;  ///< it was known, and what sources say of it changed
    bool is_stale = false;        ///< not written: its sources withdrew it later than they said so
};

/// One entry of the append-only log of changes.
struct Change {
    std::uint64_t sequence = 0;  ///< 1, 2, 3, ... in order of commit
    ChangeKind kind = ChangeKind::kAdd;
    std::int64_t key = 0;    ///< of the item; with kBank 0
    std::string id;          ///< of the item; with kBank the name of the bank
    std::int64_t at_us = 0;  ///< since 1970 UTC
    Author author;
    std::string detail;  ///< what changed, for people
};

/// Some of the items that a filter lets through.
struct ItemPage {
    std::vector<StoredItem> items;
    std::vector<DamagedRow> damaged;
    std::string next;  ///< where the next page begins; empty: this is the last
};

/// What one page of a list is to hold.
struct ItemQuery {
    ItemFilter filter;
    ItemOrder order = ItemOrder::kId;
    std::string after;  ///< as of ItemPage::next; with ItemOrder::kId an id
    std::size_t limit = 100;
    std::int64_t now_us = 0;  ///< by which is told what is disabled
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
    std::uint64_t file_bytes = 0;          ///< all files of the catalogue, where it has some
    MediaTime video_duration;
    std::uint32_t schema_version = 0;  ///< of the form in which the catalogue is kept
    std::vector<BankCount> banks;      ///< by name
};

/// The durable list of what is known: items with one record each, and an append-only log of
/// changes. It is the truth; indexes are made from it.
///
/// Every implementation passes the tests of tests/unit/store/catalogue_conformance_test.cpp.
///
/// Keys rise in the order in which items are added. Each call sees the last commit.
/// Any call may fail with kCorpusBusy, kCorpusDamaged, kUnreadable; one that writes with
/// kCorpusReadOnly, kDiskFull, kCorpusNotFound (it was moved away), too.
///
/// Thread safety: safe to share.
class Catalogue {
  public:
    Catalogue() = default;
    Catalogue(const Catalogue&) = delete;
    Catalogue& operator=(const Catalogue&) = delete;
    virtual ~Catalogue() = default;

    /// Whether a record that is there may stand for a row that is to be written. It runs inside
    /// the transaction: it decides by its arguments alone and does not use the catalogue.
    using RecordCheck = std::function<bool(const NewRow&, std::span<const std::byte>)>;

    /// How rows are written.
    struct PutOptions {
        /// Refuses the record of a known one: it is removed, and the row written. None: every
        /// record is sound.
        RecordCheck is_sound;
        Author author;
        LabelRule labels = LabelRule::kKeep;
    };

    /// Writes all rows in one transaction that is durable when this returns; on an error, none.
    /// A row whose bank and SHA-256 are known already is left out and says so, even when the
    /// known one stands earlier in the same batch; its claims and digests are added to the known
    /// one. A row all of whose claims were withdrawn later is left out, too.
    ///
    /// @return one outcome per row, in order
    /// @error kIdTaken, kInvalidArgument, kTooLarge
    [[nodiscard]] virtual Result<std::vector<PutOutcome>> put(std::span<const NewRow> rows,
                                                              const PutOptions& options) = 0;
    [[nodiscard]] Result<std::vector<PutOutcome>> put(std::span<const NewRow> rows,
                                                      const RecordCheck& is_sound = {}) {
        return put(rows, PutOptions{is_sound, {}, LabelRule::kKeep});
    }

    /// Drops items in one durable transaction. @return for each id whether it was known
    [[nodiscard]] virtual Result<std::vector<bool>> remove(std::span<const std::string> ids,
                                                           const Author& author) = 0;
    [[nodiscard]] Result<std::vector<bool>> remove(std::span<const std::string> ids) {
        return remove(ids, Author());
    }

    /// Changes items in one durable transaction; one that cannot be changed leaves the others
    /// alone. @return one outcome per edit, in order
    /// @error kInvalidArgument  a text is too long, or a name empty
    [[nodiscard]] virtual Result<std::vector<EditOutcome>> edit(std::span<const ItemEdit> edits,
                                                                const Author& author) = 0;

    /// Takes back what sources said, in one durable transaction. An item goes when no source
    /// asserts it any more and its medium was never here. What was never said is remembered, so
    /// that an older claim that comes later is known for one.
    /// @error kInvalidArgument  a name is empty, or a text too long
    [[nodiscard]] virtual Result<std::vector<WithdrawOutcome>> withdraw(
        std::span<const Withdrawal> withdrawals,
        const Author& author) = 0;

    /// Until when items are disabled, by key; also of those whose time is over.
    using DisabledItems = std::map<std::int64_t, std::int64_t>;
    [[nodiscard]] virtual Result<DisabledItems> disabled_items() const = 0;

    /// What sources say of an item, by source and entry.
    [[nodiscard]] virtual Result<std::vector<SourceClaim>> claims(std::int64_t key) const = 0;
    /// The digests that were put beside those of its medium, by algorithm and bytes.
    [[nodiscard]] virtual Result<std::vector<FileDigest>> digests(std::int64_t key) const = 0;
    /// The items of which this digest was put, by key; not those whose medium has it.
    [[nodiscard]] virtual Result<std::vector<std::int64_t>> find_digest(
        const FileDigest& digest) const = 0;

    /// The settings of all banks that there are, by name in byte order.
    [[nodiscard]] virtual Result<std::vector<BankSettings>> bank_settings() const = 0;
    /// Durable when it returns. The bank is made if it is not there. @return whether anything
    /// changed
    /// @error kInvalidArgument  the name is empty, a text too long, or a score not finite or below
    /// 0
    [[nodiscard]] virtual Result<bool> set_bank(const std::string& name,
                                                const BankEdit& edit,
                                                const Author& author) = 0;

    /// The items that a filter lets through, in order. A page may have fewer than `limit` and yet a
    /// next one: it ends after `kMostExamined` rows.
    /// @error kInvalidArgument  `after` is none that a page of this order gave
    [[nodiscard]] virtual Result<ItemPage> select(const ItemQuery& query) const = 0;
    static constexpr std::size_t kMostExamined = 20'000;

    /// The records of these items, those that are there, in one query.
    [[nodiscard]] virtual Result<RecordList> records(std::span<const std::int64_t> keys) const = 0;

    /// Records whose keys follow `after`, by key, at most `limit`; fewer where they take more than
    /// `kMostPageBytes`. With 0 it begins with the first.
    [[nodiscard]] virtual Result<RecordPage> records_after(std::int64_t after,
                                                           std::size_t limit) const = 0;
    /// A page ends with the record that exceeds this.
    static constexpr std::size_t kMostPageBytes = std::size_t{8} << 20;

    /// The items whose ids follow `after` in byte order, at most `limit`; an empty `after` begins
    /// with the first.
    [[nodiscard]] virtual Result<ItemList> items_after(std::string_view after,
                                                       std::size_t limit) const = 0;

    /// @error kCorpusDamaged  the row cannot be believed
    [[nodiscard]] virtual Result<std::optional<StoredItem>> item(std::string_view id) const = 0;
    /// @error kCorpusDamaged  the row cannot be believed
    [[nodiscard]] virtual Result<std::optional<StoredItem>> find_bytes(
        std::string_view bank,
        const Sha256& sha256) const = 0;
    /// The items that hold these bytes in any bank, by id.
    [[nodiscard]] virtual Result<ItemList> find_bytes_anywhere(const Sha256& sha256) const = 0;

    /// Names of all banks that ever had an item, in byte order.
    [[nodiscard]] virtual Result<std::vector<std::string>> banks() const = 0;

    /// Changes after `sequence`, oldest first, at most `limit`.
    [[nodiscard]] virtual Result<std::vector<Change>> changes_after(std::uint64_t sequence,
                                                                    std::size_t limit) const = 0;
    [[nodiscard]] virtual Result<std::uint64_t> last_sequence() const = 0;

    /// Small facts about the catalogue itself, by name. They are no part of the log of changes.
    [[nodiscard]] virtual Result<std::map<std::string, std::string>> settings() const = 0;
    /// Durable when it returns. @param value  none: the setting is dropped
    /// @error kInvalidArgument  the name is empty, or either is longer than 64 KiB
    [[nodiscard]] virtual Result<void> set(const std::string& name,
                                           const std::optional<std::string>& value) = 0;

    [[nodiscard]] virtual Result<Totals> totals() const = 0;

    /// What is wrong with how the catalogue is kept, one line each; empty: nothing. Records are not
    /// looked at.
    [[nodiscard]] virtual Result<std::vector<std::string>> check_structure() const = 0;

    /// Either is called for each item, by key, and returns false to end.
    struct RecordVisitor {
        /// The record is borrowed for the call.
        std::function<bool(const StoredItem&, std::span<const std::byte>)> sound;
        /// None: a damaged row ends the reading with an error.
        std::function<bool(const DamagedRow&)> damaged = nullptr;
    };
    /// What `each_record` saw.
    struct Snapshot {
        std::uint64_t last_sequence = 0;  ///< items added by later changes were left out
        std::uint64_t items = 0;          ///< that were visited, damaged ones included
    };
    /// Visits all items that are there, page by page. The visitor may use the catalogue. An item
    /// that is removed meanwhile may be visited or not; the changes after `last_sequence` say that
    /// it is gone.
    [[nodiscard]] Result<Snapshot> each_record(const RecordVisitor& visitor) const;

  protected:
    Catalogue(Catalogue&&) noexcept = default;
    Catalogue& operator=(Catalogue&&) noexcept = default;
};

}  // namespace refrain::store
