#pragma once

#include <filesystem>

#include "refrain/result.h"

namespace refrain::store {

/// Looks through a write-ahead log for damage that SQLite passes over: it takes the first frame
/// whose checksum is wrong for the end, as it is after a power cut, and says nothing of whole
/// commits behind it. Those are told by their own chain of checksums. A commit begins only after
/// the one before it is on disk, so two commits in a chain behind a wrong frame mean that one which
/// was acknowledged is out of reach.
///
/// Damage to the last commit of a log cannot be told from a commit that was never finished. A log
/// that another process is writing to is no trouble. Cost: one reading of the log, at most 64 MiB
/// and most often under 4. Format: https://www.sqlite.org/fileformat2.html#walformat
///
/// @param database  its log is the file beside it whose name ends in `-wal`; there may be none
/// @error kCorpusDamaged  says where and how much cannot be reached; kUnreadable
[[nodiscard]] Result<void> check_log(const std::filesystem::path& database);

}  // namespace refrain::store
