#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

namespace refrain::index {

/// Eight codes, word by word, so that one vector holds the same word of all.
struct LocalBlock {
    static constexpr std::size_t kCodes = 8;
    alignas(64) std::uint64_t words[4][kCodes];

    void put(std::size_t lane, const Hash256& code) {
        for (std::size_t w = 0; w < 4; ++w) {
            words[w][lane] = code.words[w];
        }
    }
    [[nodiscard]] Hash256 get(std::size_t lane) const {
        return {{words[0][lane], words[1][lane], words[2][lane], words[3][lane]}};
    }
};

/// One query of a search and how far it has got.
struct alignas(64) Wanted {
    Hash256 code;
    std::uint64_t limit = 0;  ///< only codes within it are still of interest, <= the radius
    std::uint64_t found = 0;  ///< codes within the radius so far
};

/// Consecutive codes in blocks, and what to look for.
struct LocalRun {
    const LocalBlock* blocks = nullptr;
    std::uint32_t begin = 0;  ///< first code, counted from the first block
    std::uint32_t end = 0;    ///< behind the last one; codes around the run are never reported
    std::uint64_t radius = 0;
};

struct Candidate {
    std::uint32_t query = 0;  ///< index into the array of `Wanted`
    std::uint32_t position = 0;
    std::uint16_t distance = 0;

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// The inner loops of the search for local codes, for one instruction set.
///
/// Thread safety: pure functions but for what they are given.
struct LocalKernels {
    const char* name = "";

    /// Appends those within the limit of each of `queries`, ordered by block, and adds those within
    /// the radius to `found`.
    void (*near)(const LocalRun& run,
                 Wanted* wanted,
                 std::span<const std::uint32_t> queries,
                 std::vector<Candidate>& out) = nullptr;

    /// Appends those within the radius, and counts nothing: for codes not all of which are wanted.
    void (*all)(const LocalRun& run,
                Wanted* wanted,
                std::span<const std::uint32_t> queries,
                std::vector<Candidate>& out) = nullptr;

    /// The distances of a code from all codes of `count` blocks, LocalBlock::kCodes for each.
    void (*distances)(const LocalBlock* blocks,
                      std::size_t count,
                      const Hash256& code,
                      std::uint16_t* out) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const LocalKernels& local_kernels();

/// All kernels that this machine runs, for tests and benchmarks; the portable ones first, the
/// fastest last.
[[nodiscard]] std::vector<const LocalKernels*> usable_local_kernels();

}  // namespace refrain::index
