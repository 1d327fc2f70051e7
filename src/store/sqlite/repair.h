#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "refrain/result.h"

#include "store/sqlite/sqlite_catalogue.h"

namespace refrain::store {

/// What became of a damaged database.
struct RepairOutcome {
    std::uint64_t kept = 0;           ///< items in the new database
    std::vector<DamagedRow> lost;     ///< items that are not; all of them
    std::vector<std::string> notes;   ///< what else could not be read, one line each
    std::filesystem::path set_aside;  ///< folder with the old database and a report
};

/// Says what is wrong with a record beside its row; empty: nothing.
using RecordProblem = std::function<std::string(const StoredItem&, std::span<const std::byte>)>;

/// Builds a new database from every item of the old one that can be read and whose record is sound,
/// and puts it in the old one's place. The old files go to a new folder `damaged-TIME-PID` beside
/// it, with `report.txt`: a line per lost item, id, problem and source between tabs. The items keep
/// keys, ids, banks, labels and times; the log of changes begins anew.
///
/// No other process may use the corpus meanwhile. Until the last step the old database stands.
///
/// @error kCorpusNotFound, kCorpusBusy, kCorpusReadOnly, kDiskFull, kUnreadable
/// @error kCorpusDamaged  nothing in it can be read: only a backup helps
[[nodiscard]] Result<RepairOutcome> repair_corpus(const std::filesystem::path& folder,
                                                  const RecordProblem& problem_of,
                                                  const CatalogueOptions& options = {});

}  // namespace refrain::store
