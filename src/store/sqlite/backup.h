#pragma once

#include <cstdint>
#include <filesystem>

#include "refrain/result.h"

#include "store/sqlite/sqlite_catalogue.h"

namespace refrain::store {

/// What a copy holds.
struct CopyReport {
    std::uint64_t items = 0;
    std::uint64_t last_sequence = 0;
    std::uint64_t bytes = 0;
};

/// Copies the database in `from` to `to`, as of one commit: others may read and write it meanwhile.
/// The copy appears in one step, readable by its owner alone; `to` is made if need be.
///
/// @error kCorpusExists  there is a corpus in `to`
/// @error kCorpusNotFound, kCorpusDamaged, kCorpusTooNew, kCorpusReadOnly, kCorpusBusy, kDiskFull,
///        kUnreadable
///
/// Cost: reads the database once and writes it once; the copy is then checked as `verify` checks
/// the structure.
[[nodiscard]] Result<CopyReport> copy_corpus(const std::filesystem::path& from,
                                             const std::filesystem::path& to,
                                             const CatalogueOptions& options = {});

}  // namespace refrain::store
