#pragma once

#include <cstddef>
#include <cstdint>

#include "index/segment.h"
#include "index/snapshot.h"

// What reading and writing a snapshot agree upon. Persistent format on disk: a change needs a new
// Snapshot::kVersion.

namespace refrain::index {

inline constexpr std::uint64_t kSnapshotMagic = 0x31584449'4e524652U;  // "RFRNIDX1"
inline constexpr std::size_t kHeaderRoom = 4096;
inline constexpr std::size_t kBlockBytes = std::size_t{4} << 20;
inline constexpr std::size_t kArrayAlignment = 64;

struct SnapshotHeader {
    std::uint64_t magic = kSnapshotMagic;  ///< as a number: another byte order does not match
    std::uint32_t version = Snapshot::kVersion;
    std::uint32_t header_bytes = sizeof(SnapshotHeader);
    SnapshotTag tag;
    std::uint64_t parts = 0;
    std::uint64_t data_bytes = 0;
    std::uint64_t tables_sum = 0;  ///< of what follows the data
    std::uint64_t header_sum = 0;  ///< of this header with 0 here
};

struct SnapshotPart {
    std::uint64_t codes = 0;
    std::uint64_t buckets = 0;  ///< numbers in the list; 0: no tables
    std::uint64_t dead_words = 0;

    [[nodiscard]] std::uint64_t entries() const {
        return buckets == 0 ? 0 : codes * Segment::kLanes;
    }
};

constexpr std::uint64_t padded(std::uint64_t bytes) {
    return (bytes + kArrayAlignment - 1) / kArrayAlignment * kArrayAlignment;
}

constexpr std::uint64_t blocks_of(std::uint64_t data_bytes) {
    return (data_bytes + kBlockBytes - 1) / kBlockBytes;
}

constexpr std::uint64_t tables_bytes(const SnapshotHeader& header) {
    return header.parts * sizeof(SnapshotPart) +
           blocks_of(header.data_bytes) * sizeof(std::uint64_t);
}

/// The sum of a header in whose place for it stands 0.
[[nodiscard]] std::uint64_t sum_of(SnapshotHeader header);

}  // namespace refrain::index
