#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/local_index.h"
#include "index/local_segment.h"
#include "index/signature_kernels.h"

namespace refrain::index {

/// A code whose signature is near that of a query.
struct SignatureHit {
    std::uint32_t query = 0;
    std::uint32_t position = 0;  ///< in its segment
    std::uint16_t part = 0;      ///< of the state that is searched
    std::uint16_t distance = 0;  ///< of signatures
    std::uint16_t point = 0;
    PictureKey picture = 0;
};

/// Finds for each query the codes whose signatures are nearest: by distance, picture and point.
/// Each list is read once for all queries that want it.
///
/// @param parts  at most 2^16
/// @param lists  1..; more than there are words mean all
/// @return       by query
/// Memory: up to 300 + 12 hits + 14 lists bytes a query, and 48 KiB where many signatures are
/// equal. Thread safety: pure function.
[[nodiscard]] std::vector<SignatureHit> nearest_signatures(std::span<const LocalPart> parts,
                                                           std::span<const Hash256> queries,
                                                           const SignatureStage& stage,
                                                           std::size_t lists,
                                                           const SignatureKernels& kernels);

/// Compares the codes of what was found by signature, and gives those that are near.
///
/// @param found  by query
/// Cost: four lines of memory for each hit of a picture that has enough.
/// Thread safety: pure function.
[[nodiscard]] std::vector<LocalHit> compared_by_codes(std::span<const SignatureHit> found,
                                                      std::span<const LocalPart> parts,
                                                      std::span<const Hash256> queries,
                                                      const LocalSearchOptions& options);

}  // namespace refrain::index
