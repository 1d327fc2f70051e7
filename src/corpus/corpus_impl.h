#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>

#include "refrain/corpus.h"

#include "corpus/damage_ledger.h"
#include "corpus/saved_index.h"
#include "evidence/known_set.h"
#include "index/index_choice.h"
#include "store/store.h"

namespace refrain {

/// The store, and the indexes as of one change of the store's log.
struct Corpus::Impl {
    Impl(const std::filesystem::path& folder,
         store::Store opened,
         const CorpusOptions& chosen,
         index::IndexChoice choice);

    /// Fills `known` from the snapshots or, where there is no good one, from every record of the
    /// store, unless that was done before.
    Result<void> load(IndexScope scope, const std::stop_token& stop, const CountProgress& progress);
    /// Takes over what any process has committed since the last call.
    Result<void> catch_up();
    /// Files of the saved indexes, on disk.
    [[nodiscard]] std::uint64_t snapshot_bytes() const;
    /// An item was committed through this object.
    void count_added(const Fingerprint& fingerprint);
    /// Whether what was committed through this object is worth new snapshots.
    [[nodiscard]] bool has_added_much() const;

    store::Store store;
    CorpusOptions options;
    index::IndexChoice index_choice;
    corpus::DamageLedger damage;  ///< `known` writes into it

    /// Replaced until `is_loaded`; searched beside changes from then on.
    evidence::KnownSet known;
    std::atomic<bool> is_loaded = false;
    std::atomic<bool> has_local = false;
    std::atomic<std::uint64_t> sequence = 0;  ///< of the last change whose frames `known` holds

  private:
    /// What of `known` is meant.
    struct Parts {
        bool frames = false;
        bool local = false;

        [[nodiscard]] bool any() const { return frames || local; }
    };

    void use(std::unique_ptr<index::HashIndex> index);
    void clear(Parts parts);
    Result<void> fill(Parts parts, const std::stop_token& stop, const CountProgress& progress);
    [[nodiscard]] bool adopt_frames(const std::stop_token& stop);
    [[nodiscard]] bool adopt_local(const std::stop_token& stop);
    Result<void> read_records(Parts parts,
                              const std::stop_token& stop,
                              const CountProgress& progress);
    Result<void> take_in_bulk(Parts parts, const evidence::KnownItem& item);
    [[nodiscard]] std::uint64_t followed() const;
    Result<void> follow_log(const std::stop_token& stop, const CountProgress& progress);
    Result<void> apply(const store::Change& change);
    Result<void> take(Parts parts, const evidence::KnownItem& item);
    void save_if_due(const std::stop_token& stop);

    std::mutex change_mutex_;     ///< held by who fills or changes `known`; look-ups do without
    bool follows_local_ = false;  ///< changes go into the local codes, too
    std::uint64_t local_sequence_ = 0;         ///< as `sequence`, of the local codes
    std::atomic<std::size_t> added_work_ = 0;  ///< as SavedIndex counts it
    std::atomic<std::size_t> added_local_work_ = 0;
    corpus::SavedIndex saved_frames_;
    corpus::SavedIndex saved_local_;
};

}  // namespace refrain
