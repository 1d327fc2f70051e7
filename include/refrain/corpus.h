#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/api.h"
#include "refrain/catalogue.h"
#include "refrain/fingerprint.h"
#include "refrain/fingerprinter.h"
#include "refrain/log.h"
#include "refrain/result.h"
#include "refrain/verdict.h"

namespace refrain {

/// What may be done with a corpus that is opened.
enum class CorpusMode {
    kReadOnly,   ///< look-ups, lists, checks; `add` and `remove` give kCorpusReadOnly
    kReadWrite,  ///< changes, too; it must be there
    kCreate,     ///< read and write; made if it is not there
};

/// What is too often for one item. Thread safety: a value.
struct FloodLimits {
    MediaTime window = MediaTime::from_seconds(600);  ///< in which matches are counted
    std::uint64_t least = 100;                        ///< so many in a window are never too many
    double factor = 10;  ///< more than the mean of the windows before, times this, are
};

/// How a corpus is opened. None of this is kept on disk. Thread safety: a value.
struct CorpusOptions {
    /// How long a call waits for another process that holds the corpus, before it gives
    /// kCorpusBusy.
    MediaTime busy_wait = MediaTime::from_seconds(10);
    int threads = 1;  ///< that one look-up may use, >= 1
    /// How codes of whole frames are searched: "live" (sublinear, changed while it is read), "flat"
    /// (an exact scan: half the memory, slower from some ten thousand codes on), or
    /// "faiss:DESCRIPTION", what FAISS's index_binary_factory makes of it ("faiss:BFlat",
    /// "faiss:BIVF1024,nprobe=16"). Exact ones all give the same answers; an approximate one may
    /// find less. Only the live one is kept on disk; another is built when a corpus is first
    /// searched.
    std::string index = "live";
    LogSink* log = nullptr;  ///< borrowed, may be null
    /// An item that suddenly matches far more often than before is set to shadow, with an entry in
    /// the log of changes. None: that is not watched. It needs a corpus that may be written.
    std::optional<FloodLimits> flood_guard;
};

/// A medium to make known.
struct NewItem {
    Fingerprint fingerprint;
    std::string name;  ///< the input's file name, shown in matches
    std::string bank = "default";
    std::string id;  ///< empty: derived from bank and SHA-256
    std::map<std::string, std::string> labels;
    std::string source;  ///< where it came from: best an absolute path, so that it can be shown
    std::vector<SourceClaim>
        claims;  ///< of lists and feeds; times of ours are set when it is added
    std::optional<std::int64_t> disabled_until_us;  ///< as of ItemState
};

/// How items are added. Thread safety: a value.
struct AddOptions {
    Author author;
    LabelRule labels = LabelRule::kKeep;
};

/// Whether an item was added.
enum class AddStatus : std::uint8_t {
    kAdded,
    kExists,  ///< the bank holds an item of the same bytes; only labels and claims may have changed
    kStale,   ///< not added: its sources withdrew it later than they said so
};

/// What became of one NewItem.
struct AddOutcome {
    AddStatus status = AddStatus::kAdded;
    std::string id;  ///< of the item that is known now, old or new
    std::uint64_t record_bytes = 0;
    std::uint64_t frames = 0;
    /// False: nothing in the medium carries enough detail (black, white, too small), so that only
    /// the same bytes will be recognised.
    bool is_searchable = true;
    bool made_bank = false;       ///< the item is the first that its bank ever had
    bool is_healed = false;       ///< its record was damaged and is replaced
    bool has_new_labels = false;  ///< it was known, and its labels changed
    bool has_new_claims = false;  ///< it was known, and what sources say of it changed
};

/// What `list` shows of an item.
struct ItemSummary {
    std::string id;
    std::string name;
    std::string bank;
    std::map<std::string, std::string> labels;
    MediaInfo media;
    bool is_partial = false;
    std::uint64_t frames = 0;
    std::uint64_t record_bytes = 0;
    std::int64_t added_at_us = 0;  ///< microseconds since 1970-01-01 UTC
    std::string source;            ///< where it came from, as it was added; may be empty
    ItemState state = {};

    [[nodiscard]] Knowledge knowledge() const { return knowledge_of(media, frames); }
};

/// All that is kept of an item beside its fingerprint.
struct ItemDetails {
    ItemSummary item;
    std::vector<SourceClaim> claims;  ///< by source and entry
    std::vector<FileDigest> digests;  ///< beside those of its medium
};

/// An item that holds the bytes that were asked for.
struct KnownBytes {
    ItemSummary item;
    bool is_searchable = true;  ///< as of AddOutcome
};

/// An item, or something else of the store, that cannot be believed.
struct Damage {
    std::string id;  ///< empty where it concerns the store as a whole
    std::string problem;
    std::string source;  ///< where the item came from; empty where that is not known
    std::string remedy;  ///< what heals it, in one line
};

/// Some of the items, by id.
struct ItemPage {
    std::vector<ItemSummary> items;
    std::vector<Damage> damaged;  ///< items that belong among them and cannot be read
    std::string next;             ///< where the next page begins; empty: this is the last
};

/// Counts of one bank. Banks are names that keep known media apart, e.g. by purpose.
struct BankStats {
    std::string bank;
    std::uint64_t items = 0;
    std::uint64_t frames = 0;
};

/// Numbers of changes of a corpus: how far look-ups have come, and how far the corpus has.
struct IndexPosition {
    std::uint64_t followed = 0;  ///< the last change that look-ups see; 0: none, or nothing is open
    std::uint64_t newest = 0;    ///< the last change that was heard of
};

/// Counts and sizes of a corpus at one moment.
struct CorpusStats {
    std::uint64_t items = 0;
    std::uint64_t images = 0;
    std::uint64_t videos = 0;
    std::uint64_t frames = 0;            ///< stored frame hashes
    std::uint64_t searchable_codes = 0;  ///< of these in the index: with enough detail
    MediaTime video_duration;
    std::uint64_t record_bytes = 0;
    std::uint64_t video_record_bytes = 0;  ///< of these in records of videos
    std::uint64_t store_bytes = 0;         ///< database and its log, on disk
    std::uint64_t snapshot_bytes = 0;      ///< saved indexes, on disk
    std::uint64_t index_bytes = 0;         ///< both indexes in memory, mapped snapshots included
    std::uint64_t local_codes = 0;         ///< local features in the index
    std::uint64_t local_index_bytes = 0;   ///< of `index_bytes`, that of local features
    std::uint64_t with_source = 0;         ///< items of which is known where they came from
    std::uint64_t damaged_items = 0;       ///< left out, as far as this object has met them
    /// All records were read to find them, which is done where they take little; else `verify`
    /// does it.
    bool has_read_records = false;
    std::vector<Damage> damaged;         ///< which; at most VerifyReport::kMaxListed
    std::uint64_t generation = 0;        ///< number of the last change
    std::string index;                   ///< its name, as CorpusOptions::index
    bool is_index_exact = true;          ///< it finds every near code
    std::uint64_t index_segments = 0;    ///< parts of the index that no longer change
    std::uint64_t index_tombstones = 0;  ///< removed codes that the index has not yet dropped
    std::uint32_t schema_version = 0;
    std::vector<BankStats> banks;  ///< by name

    [[nodiscard]] double video_hours() const { return video_duration.seconds() / 3600.0; }
    /// Bytes of records that an hour of known video takes; 0 where no video is known.
    [[nodiscard]] double bytes_per_video_hour() const {
        return video_duration.us > 0 ? static_cast<double>(video_record_bytes) / video_hours() : 0;
    }
};

/// What `verify` found.
struct VerifyReport {
    std::uint64_t items = 0;
    std::uint64_t record_bytes = 0;
    std::vector<Damage> damage;  ///< empty: all is well; at most kMaxListed entries
    std::uint64_t damaged = 0;   ///< all of them
    static constexpr std::size_t kMaxListed = 1000;
};

/// What to look for and what to answer. Thread safety: a value.
struct FindOptions {
    std::vector<std::string> banks;  ///< empty: all
    double min_score = kDefaultMinScore;
    /// `min_score` says what is listed in every bank, whatever the settings of a bank say. These
    /// still say what is to be done about a match.
    bool overrides_bank_scores = false;
    int max_matches = 10;  ///< >= 1
    /// How far the search goes: with kThorough local features are asked even where whole frames
    /// have explained the query.
    Effort effort = Effort::kNormal;
    bool lists_similar = false;      ///< also Relation::kSimilar, which are no matches
    bool wants_explanation = false;  ///< fills Match::explanation in; costs memory, no time
};

/// Which indexes of a corpus are meant.
enum class IndexScope {
    kFrames,  ///< that of whole frames: enough for queries without local features
    kAll,     ///< that of local features, too
};

/// Told now and then how many of how many records are done. `done` rises and ends at `total`.
///
/// It runs in the thread that made the call, while no lock is held, and may use the corpus. Must
/// not throw.
using CountProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// A folder of known media: a durable store, and indexes that can be rebuilt from it at any time.
/// Snapshots of the indexes in the same folder make opening fast. Where the folder takes no writes
/// they are left out.
///
/// A record that is damaged is left out and counted; the others answer. `verify` finds them all.
///
/// Several processes may use one folder. Any number of them may read and write: writers take turns,
/// and each call of a reader sees the last state that was committed. What `add` has returned, the
/// next `find` finds.
///
/// A process that adds and looks up has one thread more, which makes what was added searchable
/// before a look-up asks for it. It begins with the first change after the indexes were opened.
///
/// Lifetime: a sink in CorpusOptions must outlive the corpus. The destructor ends that thread, and
/// waits for a snapshot that is being written. Thread safety: safe to share.
///
///     Result<Corpus> corpus = Corpus::open("known", CorpusMode::kCreate);
///     NewItem item;
///     item.fingerprint = Fingerprinter({}).fingerprint_file("film.mp4")->fingerprint;
///     item.name = "film.mp4";
///     corpus->add(std::span(&item, 1));
///
///     const Fingerprinter asking(FingerprintOptions().for_query());
///     const auto upload = asking.fingerprint_file("upload.mp4");
///     for (const Match& match : corpus->find(upload->fingerprint)->matches) {
///         std::cout << match.name << ' ' << match.score << '\n';
///     }
class REFRAIN_API Corpus {
  public:
    /// Opens the store alone: cheap, and possible when a record is damaged.
    ///
    /// @param location  a folder, or `sqlite:FOLDER`, which is the same. Other schemes are refused:
    ///                  a folder whose path begins like one is written with `./` before it
    /// @error kCorpusNotFound, kCorpusDamaged, kCorpusTooNew, kCorpusReadOnly, kCorpusBusy,
    ///        kDiskFull, kUnreadable, kInvalidArgument
    [[nodiscard]] static Result<Corpus> open(const std::string& location,
                                             CorpusMode mode,
                                             const CorpusOptions& options = {});
    Corpus(Corpus&&) noexcept;
    Corpus& operator=(Corpus&&) noexcept;
    Corpus(const Corpus&) = delete;
    Corpus& operator=(const Corpus&) = delete;
    ~Corpus();

    /// Opens the indexes, once; `find` and `stats` open what they need when nobody did before.
    ///
    /// @error kCorpusDamaged, kCorpusBusy, kCancelled
    ///
    /// Cost: reads the snapshots of the indexes and the records added since; without one, every
    /// record, some 0.5 ms a picture with local features. `progress` counts the records.
    [[nodiscard]] Result<void> prepare(const std::stop_token& stop = {},
                                       const CountProgress& progress = {},
                                       IndexScope scope = IndexScope::kAll) const;

    /// Makes items known in one durable commit: all or, on an error, none. What it returns is on
    /// disk. The same bytes in the same bank are kept once.
    ///
    /// An item whose record is damaged is replaced.
    ///
    /// @return one outcome per item, in order
    /// @error kIdTaken, kInvalidArgument, kDiskFull, kCorpusBusy, kCorpusReadOnly, kCorpusDamaged
    [[nodiscard]] Result<std::vector<AddOutcome>> add(std::span<const NewItem> items,
                                                      const AddOptions& options = {});

    /// To be called after much adding: if what was added through this object is worth it, opens
    /// the indexes and begins to write their snapshots anew, so that the next process need not
    /// read the records. Nothing depends on it; the destructor waits for the writing.
    ///
    /// @error as of `prepare`; that a snapshot could not be written is a warning in the log
    [[nodiscard]] Result<void> finish_adding(const std::stop_token& stop = {},
                                             const CountProgress& progress = {});

    /// The item that holds these bytes in this bank, if there is one whose record is sound.
    ///
    /// Cost: reads its record.
    [[nodiscard]] Result<std::optional<KnownBytes>> find_bytes(std::string_view bank,
                                                               const Sha256& sha256) const;

    /// The item of this id, if there is one.
    ///
    /// @error kCorpusDamaged  its row cannot be believed. Cost: one query of the store
    [[nodiscard]] Result<std::optional<ItemSummary>> item(std::string_view id) const;

    /// Names of all banks that ever had an item, in byte order.
    ///
    /// @error kCorpusDamaged, kCorpusBusy. Cost: one query of the store
    [[nodiscard]] Result<std::vector<std::string>> banks() const;

    /// Whether each of these is one of `banks`. @error kUnknownBank  names the nearest ones
    [[nodiscard]] Result<void> check_banks(std::span<const std::string> names) const;

    /// Whether anything is known by exact PDQ codes alone, as of hash lists: then queries should
    /// carry exact codes, too (FingerprintOptions::exact_codes); without them less is found.
    ///
    /// @error kCorpusDamaged, kCorpusBusy. Cost: the first call does what `prepare` was not called
    /// for; later ones ask the store for changes.
    [[nodiscard]] Result<bool> has_hash_lists() const;

    /// How far look-ups are with the changes of the corpus, as this object last heard of them.
    /// Asks the store nothing, so that it may be called where nothing must wait.
    [[nodiscard]] IndexPosition position() const;

    /// Looks a medium up.
    ///
    /// `query` should carry all eight views, as FingerprintOptions::for_query makes them. With the
    /// upright view alone, mirrored and turned copies are missed.
    ///
    /// Banks that are off and items that are disabled are not searched. A bank's own score says
    /// what is a match in it. FindAnswer::action and Match::action say what is to be done.
    ///
    /// @error kInvalidArgument (as `check_fingerprint`), kUnknownBank, kCorpusDamaged, kCorpusBusy,
    ///        kCancelled
    ///
    /// Cost: codes of the query x a part of the codes known; the first call does what `prepare` was
    /// not called for. The answer does not depend on the order of adding.
    [[nodiscard]] Result<FindAnswer> find(const Fingerprint& query,
                                          const FindOptions& options = {},
                                          const std::stop_token& stop = {}) const;

    /// Drops items in one durable commit. Unknown ids leave the others alone.
    ///
    /// @return for each id whether it was known
    [[nodiscard]] Result<std::vector<bool>> remove(std::span<const std::string> ids,
                                                   const Author& author = {});

    /// Changes labels, bank and state of items in one durable commit. One that cannot be changed
    /// leaves the others alone. The next look-up of any process sees the change.
    ///
    /// @return one outcome per edit, in order
    /// @error kInvalidArgument, kDiskFull, kCorpusBusy, kCorpusReadOnly, kCorpusDamaged
    [[nodiscard]] Result<std::vector<EditOutcome>> edit(std::span<const ItemEdit> edits,
                                                        const Author& author);

    /// Takes back what sources said, in one durable commit. An item goes when no source asserts it
    /// any more and its medium was never here. A claim that is older than its withdrawal is not
    /// believed when it comes later.
    ///
    /// @return one outcome per withdrawal, in order
    /// @error as of `edit`
    [[nodiscard]] Result<std::vector<WithdrawOutcome>> withdraw(
        std::span<const Withdrawal> withdrawals,
        const Author& author);

    /// The settings of all banks, by name.
    [[nodiscard]] Result<std::vector<BankSettings>> bank_settings() const;

    /// Changes the settings of a bank, which is made if it is not there. @return whether anything
    /// changed. @error as of `edit`
    [[nodiscard]] Result<bool> set_bank(const std::string& name,
                                        const BankEdit& edit,
                                        const Author& author);

    /// The item with what sources say of it. @error kCorpusDamaged  it cannot be believed
    [[nodiscard]] Result<std::optional<ItemDetails>> details(std::string_view id) const;

    /// What is remembered of the item's medium. @error kCorpusDamaged  it cannot be believed
    [[nodiscard]] Result<std::optional<Fingerprint>> known_fingerprint(std::string_view id) const;

    /// Entries of the log of changes after this one, the oldest first. @param limit  1 to 100,000
    [[nodiscard]] Result<std::vector<LogEntry>> log(std::uint64_t after, std::size_t limit) const;
    /// The number of the last entry; 0: there is none.
    [[nodiscard]] Result<std::uint64_t> last_change() const;

    /// At most `limit` items that a filter lets through, in this order, behind `after`: the `next`
    /// of the page before; empty: from the first. With ItemOrder::kId that is an id. A page may
    /// hold fewer and yet have a next one.
    ///
    /// @param limit  1 to 100,000
    /// @error kInvalidArgument, kCorpusDamaged, kCorpusBusy
    /// Cost: at most 20,000 items are looked at for one page
    [[nodiscard]] Result<ItemPage> list(const ItemFilter& filter,
                                        ItemOrder order,
                                        const std::string& after,
                                        std::size_t limit) const;

    /// At most `limit` items, by id, from the one after `after` on; empty: from the first. What
    /// others add and remove between two pages may or may not be seen.
    ///
    /// @param limit  1 to 100,000
    /// @error kInvalidArgument, kCorpusDamaged, kCorpusBusy
    [[nodiscard]] Result<ItemPage> list(std::string_view after, std::size_t limit) const;

    /// All items by id, in pages; `visit` returns false to end, and may use this corpus. Damaged
    /// ones are left out and named in the log.
    ///
    /// @error kInvalidArgument (there is no `visit`), kCorpusDamaged, kCorpusBusy
    [[nodiscard]] Result<void> list(const std::function<bool(const ItemSummary&)>& visit) const;

    /// All items with what is remembered of them, in no order that is promised; `visit` returns
    /// false to end, and may not use this corpus. Damaged ones are handed to `damaged`.
    ///
    /// @error kCorpusDamaged, kCorpusBusy. Cost: reads every record
    [[nodiscard]] Result<void> each_fingerprint(
        const std::function<bool(const ItemSummary&, Fingerprint&&)>& visit,
        const std::function<void(const Damage&)>& damaged = {}) const;

    /// Counts and sizes. Opens both indexes if need be, to say how large they are.
    ///
    /// @error kCorpusDamaged, kCorpusBusy. Cost: grows with the number of items; reads all records
    /// where they take less than 128 MiB, half a second
    [[nodiscard]] Result<CorpusStats> stats() const;

    /// Reads every record back and checks it, and checks the database's own structure. Damage is
    /// part of the report; an error means that the check could not be made.
    ///
    /// @error kCancelled, kCorpusBusy, kUnreadable. Cost: reads the whole database
    [[nodiscard]] Result<VerifyReport> verify(const std::stop_token& stop = {},
                                              const CountProgress& progress = {}) const;

  private:
    struct REFRAIN_HIDDEN Impl;
    REFRAIN_HIDDEN explicit Corpus(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Whether CorpusOptions::index may be this. @error kInvalidArgument  why not
/// Cost: makes an empty index.
[[nodiscard]] REFRAIN_API Result<void> check_index_name(const std::string& name);

/// The answer that `find` would give for `query` in a corpus that holds only `known`.
/// `name` is its name and id. @error kInvalidArgument  also as of `check_fingerprint`, of either
[[nodiscard]] REFRAIN_API Result<FindAnswer> compare(const Fingerprint& query,
                                                     const Fingerprint& known,
                                                     const std::string& name,
                                                     const FindOptions& options = {});

}  // namespace refrain
