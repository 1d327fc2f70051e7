#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <stop_token>
#include <vector>

#include "refrain/result.h"

#include "index/local_segment.h"
#include "index/mapped_pages.h"
#include "index/sealed_segment.h"
#include "index/snapshot.h"

namespace refrain::index {

/// The segments of an index of local codes; docs/decisions/0051-local-code-search.md and
/// 0047-cells-of-signatures.md.
inline constexpr SnapshotFormat kLocalSnapshot{"local index snapshot", 0x31434f4c'4e524652U, 3,
                                               SealedSegment::kCounts, MappedPages::kPageBytes};

/// A segment of so many codes and more reads those that it compares from the file, so that they are
/// no memory of the process. Fewer are mapped, 128 MiB at most: that spares a call of the system
/// for each.
inline constexpr std::size_t kCodesReadFrom = std::size_t{1} << 22;

/// Gives the segments, which keep the mapping alive. Reads what is small of each: lists, cells and
/// keys. Every other page is verified when it is needed for the first time.
///
/// @error kCorpusDamaged  a checksum or an array is wrong; kInternal
[[nodiscard]] Result<std::vector<LocalPart>> load_local_parts(
    const Snapshot& snapshot,
    std::size_t codes_read_from = kCodesReadFrom);

/// How the segments of a snapshot are made.
struct SealedOptions {
    std::size_t segment_codes = LocalSegment::kMaxCodes;  ///< at most, if they are made of several
    std::size_t cells_from = kCellsFrom;                  ///< with fewer codes there are no cells
};

/// Writes few large segments with what lives in the parts.
///
/// @param made  where it is given: the segments of the file, one for each of `sealed_groups`; an
///              empty part where nothing lives in the group. Empty where they cannot be opened
/// @error as of `write_snapshot`; kCorpusDamaged  a page of a mapped part is damaged
[[nodiscard]] Result<SnapshotWritten> write_local_snapshot(const std::filesystem::path& file,
                                                           const SnapshotTag& tag,
                                                           std::span<const LocalPart> parts,
                                                           const std::stop_token& stop,
                                                           const SealedOptions& options = {},
                                                           std::vector<LocalPart>* made = nullptr);

}  // namespace refrain::index
