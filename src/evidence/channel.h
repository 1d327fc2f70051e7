#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <stop_token>
#include <string_view>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/result.h"

#include "evidence/known_item.h"
#include "evidence/query.h"
#include "evidence/sighting.h"

namespace refrain::evidence {

/// An item that a search came upon.
struct FoundItem {
    std::int64_t key = 0;
    double votes = 0;  ///< more of them are looked at earlier; all 0 where there is no order
};

/// How much of a part of a query a search looks at.
enum class Depth : std::uint8_t {
    kSample,  ///< some of its frames, evenly spread: enough to judge items that are known already
    kAll,
};

/// The search of one channel for one part of a query.
///
/// Thread safety: one thread at a time.
class ChannelSearch {
  public:
    ChannelSearch() = default;
    ChannelSearch(const ChannelSearch&) = delete;
    ChannelSearch& operator=(const ChannelSearch&) = delete;
    virtual ~ChannelSearch() = default;

    /// Searches the index. Called once, before all that follows.
    ///
    /// @param seen  items that cheaper channels found in this part; may be looked at more closely
    /// @error kCancelled, kInternal, and those of ItemSource
    [[nodiscard]] virtual Result<void> run(const std::set<std::int64_t>& seen,
                                           const std::stop_token& stop) = 0;
    /// The items found, each once, in banks that were asked for.
    [[nodiscard]] virtual std::vector<FoundItem> found() const = 0;
    /// Adds how many comparisons this search stands for.
    virtual void count_trials(Trials& trials) const = 0;
    /// Adds what this search saw of an item, and what it sees in views in which `sightings` already
    /// has something: dearer channels come first. What is added lives as long as this.
    virtual void add_sightings(const KnownItem& item, WorkLeft& work, Sightings& sightings) = 0;
};

/// One kind of evidence: an index that can be rebuilt from the records at any time, and the search
/// through it.
///
/// Thread safety: one thread at a time may fill or change it. Searches may run beside changes and
/// beside each other once `is_open`; they may meet the key of an item that has gone since.
class Channel {
  public:
    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    virtual ~Channel() = default;

    /// In messages.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Which codes of a query its searches compare, and which items it takes.
    [[nodiscard]] virtual CodeKind codes_of_query() const { return CodeKind::kAreaMeans; }
    /// Whether a part of a query that is explained need not be given to it.
    [[nodiscard]] virtual bool may_be_spared() const { return true; }
    /// Whether look-ups of this query have to ask it. One that serves an empty query serves all.
    [[nodiscard]] virtual bool serves(const Fingerprint& query) const = 0;

    /// Makes the codes of an item searchable; its key was never added before.
    /// @error kInvalidArgument  the item has too many codes; kInternal
    [[nodiscard]] virtual Result<void> add(const KnownItem& item) = 0;
    /// As `add`, for many: the codes become searchable with `finish_bulk`.
    [[nodiscard]] virtual Result<void> add_in_bulk(const KnownItem& item) = 0;
    [[nodiscard]] virtual Result<void> finish_bulk() = 0;
    /// Unknown keys are no error.
    [[nodiscard]] virtual Result<void> remove(std::int64_t key) = 0;
    /// Drops everything, also what waits for `finish_bulk`. Called once `is_open` only where it is
    /// damaged.
    virtual void clear() = 0;

    /// Whether it met a damaged page of its snapshot: every search fails with kCorpusDamaged until
    /// it is filled anew from the records, for which `load` takes no snapshot.
    [[nodiscard]] virtual bool is_damaged() const { return false; }
    /// It was filled anew.
    virtual void set_sound() {}

    /// Takes over its snapshot, and `sequence` with it.
    /// @return false: there is none that is whole and of this store; the channel is as before
    [[nodiscard]] virtual bool load(const std::stop_token& stop) = 0;
    /// Begins to write a snapshot in another thread, if enough has changed since the last one.
    virtual void save_if_due(const std::stop_token& stop) = 0;
    /// An item was committed that this channel has not yet followed.
    virtual void count_added(const Fingerprint& fingerprint) = 0;
    /// Whether what was counted so is worth a snapshot.
    [[nodiscard]] virtual bool has_added_much() const = 0;

    /// Whether a sample of this query costs much less than all of it.
    [[nodiscard]] virtual bool has_sample(const Query& query) const = 0;
    /// @param query, options  outlive the search, as does the channel
    [[nodiscard]] virtual std::unique_ptr<ChannelSearch> search(const Query& query,
                                                                const FindOptions& options,
                                                                Depth depth) const = 0;

    /// Codes that can be searched.
    [[nodiscard]] virtual std::size_t codes() const = 0;
    /// Adds its counts and sizes.
    virtual void add_stats(CorpusStats& stats) const = 0;

    /// Number of the last change of the store's log that it holds.
    [[nodiscard]] std::uint64_t sequence() const { return sequence_; }
    void set_sequence(std::uint64_t sequence) { sequence_ = sequence; }
    /// Whether it holds all items up to `sequence`, and follows the log from there.
    [[nodiscard]] bool is_open() const { return is_open_; }
    void set_open() { is_open_ = true; }

  private:
    std::atomic<std::uint64_t> sequence_ = 0;
    std::atomic<bool> is_open_ = false;
};

}  // namespace refrain::evidence
