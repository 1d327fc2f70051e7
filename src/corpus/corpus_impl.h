#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/corpus.h"

#include "corpus/change_turn.h"
#include "corpus/damage_ledger.h"
#include "corpus/flood_guard.h"
#include "corpus/follower.h"
#include "corpus/item_cache.h"
#include "evidence/channels.h"
#include "store/catalogue_interface.h"

namespace refrain {

/// The store, and a list of channels that follow its log of changes.
struct Corpus::Impl {
    /// @param opened  its channels are not made yet
    Impl(std::unique_ptr<store::Catalogue> opened, const CorpusOptions& chosen);

    /// Makes the channels. @error kInvalidArgument  CorpusOptions::index names none
    Result<void> make_channels(const std::filesystem::path& folder);
    /// Opens the channels that a query has need of: from their snapshots or, where there is no good
    /// one, from every record of the store.
    Result<void> load(const Fingerprint& query,
                      const std::stop_token& stop,
                      const CountProgress& progress);
    /// The same, of channels that every query needs or of all.
    Result<void> load(IndexScope scope, const std::stop_token& stop, const CountProgress& progress);
    /// Fills open channels that met damage in their snapshots from every record of the store.
    Result<void> fill_damaged_anew(const std::stop_token& stop);
    [[nodiscard]] bool has_damaged_channel() const;
    /// As of Corpus::find, once. @error kCorpusDamaged  also where a channel met damage
    Result<FindAnswer> find(const Fingerprint& query,
                            const FindOptions& asked,
                            const std::stop_token& stop);
    /// Sees to it that the open channels hold what any process has committed before this call. What
    /// the follower has taken over already, or is about to, is not done again.
    Result<void> catch_up();
    /// An item was committed through this object.
    void count_added(const Fingerprint& fingerprint);
    /// Something was committed through this object: has it taken over, if look-ups are to be
    /// expected.
    void tell_follower();
    /// The same after a change, if there was one.
    template <typename Outcome>
    [[nodiscard]] Outcome told(Outcome outcome) {
        if (outcome) {
            tell_follower();
        }
        return outcome;
    }
    /// Whether what was committed through this object is worth new snapshots.
    [[nodiscard]] bool has_added_much() const;
    /// Counts the matches that are to be acted upon; an item that has too many is set to shadow.
    void guard_against_floods(const FindAnswer& answer);
    /// What is shown of rows; damage is noted. The page has no next one yet.
    [[nodiscard]] ItemPage page_of(std::span<const store::StoredItem> items,
                                   std::span<const store::DamagedRow> damaged);
    /// The last change of the log that all open channels hold; 0: none is open.
    [[nodiscard]] std::uint64_t followed() const;
    /// The last change of the log, as of the last time that anybody asked the store.
    [[nodiscard]] std::uint64_t newest_heard() const { return newest_heard_; }

    std::unique_ptr<store::Catalogue> catalogue;
    store::Catalogue& store;  ///< the same
    CorpusOptions options;
    corpus::DamageLedger damage;  ///< `items` writes into it
    corpus::ItemCache items;
    std::optional<corpus::FloodGuard> floods;
    evidence::Channels channels;                       ///< the cheapest to search first
    std::atomic<std::uint64_t> times_filled_anew = 0;  ///< as of `fill_damaged_anew`

  private:
    using Some = std::vector<evidence::Channel*>;
    /// Whether a channel is to be opened.
    using Wanted = std::function<bool(const evidence::Channel&)>;

    [[nodiscard]] Some closed(const Wanted& is_wanted) const;
    Result<void> open(const Wanted& is_wanted,
                      const std::stop_token& stop,
                      const CountProgress& progress);
    Result<void> open_in_turn(const Wanted& is_wanted,
                              const std::stop_token& stop,
                              const CountProgress& progress);
    Result<void> fill(const Some& some, const std::stop_token& stop, const CountProgress& progress);
    Result<void> read_records(const Some& some,
                              const std::stop_token& stop,
                              const CountProgress& progress);
    [[nodiscard]] Some followers(const Some& filled) const;
    Result<void> follow_log(const Some& followers,
                            const std::stop_token& stop,
                            const CountProgress& progress);
    Result<void> take_over(std::span<const store::Change> changes, const Some& followers);
    static Result<void> apply(const store::Change& change,
                              const evidence::KnownItemPtr& item,
                              const Some& followers);
    void save_if_due(const std::stop_token& stop);
    /// Asks the store for the last change of the log.
    Result<std::uint64_t> hear();
    /// A round of the follower.
    void follow(const std::stop_token& stop);

    std::atomic<std::uint64_t> newest_heard_ = 0;
    corpus::ChangeTurn turn_;  ///< of who fills or changes channels; searches do without
    corpus::Follower follower_{[this](const std::stop_token& stop) {
        follow(stop);
    }};
};

namespace corpus {

/// What is shown of a row.
[[nodiscard]] ItemSummary summary_of(const store::StoredItem& row);

/// @error kInvalidArgument  no page may hold so many entries
[[nodiscard]] Result<void> check_page(std::size_t limit);

}  // namespace corpus

}  // namespace refrain
