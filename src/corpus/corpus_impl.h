#pragma once

#include <cstdint>
#include <shared_mutex>
#include <stop_token>

#include "refrain/corpus.h"

#include "corpus/known_set.h"
#include "store/store.h"

namespace refrain {

/// The store, and the index as of one change of the store's log.
struct Corpus::Impl {
    Impl(store::Store opened, const CorpusOptions& chosen);

    /// Reads every record into `known`, unless that was done before.
    Result<void> load(const std::stop_token& stop, const CountProgress& progress);
    /// Takes over what any process has committed since the last call.
    Result<void> catch_up();

    store::Store store;
    CorpusOptions options;

    std::shared_mutex mutex;  ///< guards what follows
    corpus::KnownSet known;
    bool is_loaded = false;
    std::uint64_t sequence = 0;  ///< of the last change that `known` holds

  private:
    [[nodiscard]] corpus::KnownSet empty_set();
    Result<void> load_records(const std::stop_token& stop, const CountProgress& progress);
    Result<void> apply(const store::Change& change);
};

}  // namespace refrain
