#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include "refrain/corpus.h"

#include "corpus/known_set.h"
#include "corpus/saved_index.h"
#include "store/store.h"

namespace refrain {

/// The store, and the index as of one change of the store's log.
struct Corpus::Impl {
    Impl(const std::filesystem::path& folder, store::Store opened, const CorpusOptions& chosen);

    /// Fills `known` from the snapshot of the index or, where there is no good one, from every
    /// record of the store, unless that was done before.
    Result<void> load(const std::stop_token& stop, const CountProgress& progress);
    /// Fills in the local codes from every record, unless that was done before. After `load`.
    Result<void> load_local(const std::stop_token& stop, const CountProgress& progress);
    /// Takes over what any process has committed since the last call.
    Result<void> catch_up();

    store::Store store;
    CorpusOptions options;

    /// Replaced until `is_loaded`; searched beside changes from then on.
    corpus::KnownSet known;
    std::atomic<bool> is_loaded = false;
    std::atomic<bool> has_local = false;
    std::atomic<std::uint64_t> sequence = 0;  ///< of the last change that `known` holds

  private:
    void use(std::unique_ptr<index::HashIndex> index);
    [[nodiscard]] bool load_snapshot(const std::stop_token& stop, const CountProgress& progress);
    Result<void> follow_log(std::uint64_t last,
                            const std::stop_token& stop,
                            const CountProgress& progress);
    void save_if_due(const std::stop_token& stop);
    /// @return the last change that the items are as of
    Result<std::uint64_t> each_item(
        const std::function<Result<void>(const corpus::KnownItem&)>& take,
        const std::stop_token& stop,
        const CountProgress& progress);
    Result<void> load_records(const std::stop_token& stop, const CountProgress& progress);
    Result<void> apply(const store::Change& change);

    std::uint64_t local_sequence_ = 0;  ///< local codes hold at least what was known then
    std::mutex change_mutex_;  ///< held by who fills or changes `known`; look-ups do without
    corpus::SavedIndex saved_;
};

}  // namespace refrain
