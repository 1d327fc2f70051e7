#pragma once

#include <filesystem>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/result.h"

#include "index/local_segment.h"
#include "index/snapshot.h"

namespace refrain::index {

/// The segments of an index of local codes; docs/decisions/0051-local-code-search.md.
inline constexpr SnapshotFormat kLocalSnapshot{"local index snapshot", 0x31434f4c'4e524652U, 2, 4};

/// Verifies everything and gives the segments, which keep the mapping alive.
///
/// @param threads  >= 1
/// @error kCorpusDamaged  a checksum or an array is wrong; kCancelled; kInternal
[[nodiscard]] Result<std::vector<LocalPart>> load_local_parts(const Snapshot& snapshot,
                                                              int threads,
                                                              const std::stop_token& stop);

/// As of `write_snapshot`.
[[nodiscard]] Result<SnapshotWritten> write_local_snapshot(const std::filesystem::path& file,
                                                           const SnapshotTag& tag,
                                                           std::span<const LocalPart> parts,
                                                           const std::stop_token& stop);

}  // namespace refrain::index
