#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

#include "refrain/result.h"

#include "index/live_index.h"
#include "index/snapshot.h"

namespace refrain::index {

/// The segments of a live index; docs/decisions/0040-hamming-index.md.
inline constexpr SnapshotFormat kHashSnapshot{"index snapshot", 0x31584449'4e524652U, 2, 3};

/// Verifies everything and gives the segments, which keep the mapping alive.
///
/// @param threads  >= 1
/// @error kCorpusDamaged  a checksum or a bucket list is wrong; kCancelled; kInternal
[[nodiscard]] Result<std::vector<LivePart>> load_hash_parts(const Snapshot& snapshot,
                                                            int threads,
                                                            const std::stop_token& stop);

/// As of `write_snapshot`; memory for the tail, too.
[[nodiscard]] Result<SnapshotWritten> write_hash_snapshot(const std::filesystem::path& file,
                                                          const SnapshotTag& tag,
                                                          const LiveState& state,
                                                          const LiveOptions& options,
                                                          const std::stop_token& stop);

}  // namespace refrain::index
