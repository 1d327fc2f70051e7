#pragma once

#include <filesystem>

#include "refrain/media_time.h"
#include "refrain/result.h"

namespace refrain::store {

/// Makes `folder`, its parents and an empty corpus in it. The database is built under another name
/// and then given its own in one step, so that nobody ever sees half of it; when another process
/// was faster, its database stays.
///
/// @error kCorpusReadOnly, kDiskFull, kUnreadable, kCorpusBusy
[[nodiscard]] Result<void> create_corpus(const std::filesystem::path& folder, MediaTime busy_wait);

/// Writes the tables of a corpus into an empty database file, and brings them to disk.
[[nodiscard]] Result<void> fill_new_database(const std::filesystem::path& file,
                                             MediaTime busy_wait);

}  // namespace refrain::store
