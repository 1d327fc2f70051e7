#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/local_segment.h"
#include "index/merged_pictures.h"
#include "index/snapshot_format.h"

namespace refrain::index {

/// With fewer codes in a segment a cell would hold less than a handful, and its list is read faster
/// from end to end; docs/decisions/0047-cells-of-signatures.md.
inline constexpr std::size_t kCellsFrom = std::size_t{1} << 22;

/// Parts beside each other that fit into one segment, from the first on.
/// @param most_codes  of a segment, 1..LocalSegment::kMaxCodes; a larger part stays alone
[[nodiscard]] std::vector<std::span<const LocalPart>> sealed_groups(
    std::span<const LocalPart> parts,
    std::size_t most_codes);

/// One segment of all that lives in some parts, as a file takes it: written array by array, so that
/// it is never in memory. Its lists are in the order of their cells.
///
/// Memory: as of MergedPictures, and 50 bytes for each code of the longest list.
/// Thread safety: one thread at a time.
class SealedSegment {
  public:
    /// @param parts       as of `sealed_groups`; outlive it
    /// @param cells_from  with fewer codes there are no cells
    SealedSegment(std::span<const LocalPart> parts, std::size_t cells_from);

    /// Codes, lists with the one that marks the end, pictures, and numbers of its cells.
    static constexpr std::size_t kCounts = 4;

    /// Puts its arrays and its counts; nothing where no code lives. @return whether to go on
    /// Cost: reads signatures and sources of all parts three times, and codes once.
    /// @throws DamagedSnapshot  before anything wrong is written
    [[nodiscard]] bool put(SnapshotWriter& out);

    [[nodiscard]] bool is_empty() const { return pictures_.code_count() == 0; }

  private:
    struct Place {
        std::uint32_t part = 0;
        std::uint32_t position = 0;
        std::uint32_t number = 0;  ///< of the picture
        std::uint32_t point = 0;
        std::uint64_t signature = 0;
    };

    /// Calls `take` with what lives in the list of each word, by cell, and the word.
    template <typename Take>
    [[nodiscard]] bool each_list(const Take& take);
    void collect(std::uint32_t word);
    [[nodiscard]] bool put_signatures(SnapshotWriter& out);
    [[nodiscard]] bool put_sources(SnapshotWriter& out);
    [[nodiscard]] bool put_blocks(SnapshotWriter& out);

    std::span<const LocalPart> parts_;
    bool has_cells_;
    MergedPictures pictures_;
    std::vector<LocalSegment::List> lists_;
    std::vector<std::uint32_t> cells_;
    std::vector<std::size_t> next_;  ///< list of each part
    std::vector<Place> found_;
    std::vector<Place> ordered_;
    std::array<std::uint32_t, kCells + 1> starts_{};  ///< of each cell in `ordered_`, and the end
};

}  // namespace refrain::index
