#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "local/plane.h"

namespace refrain::local {

/// A part of a level, in samples.
struct Area {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

/// A corner that FAST found.
struct FastCorner {
    int x = 0;
    int y = 0;
    /// The largest threshold at which it still is one, 1..254.
    std::uint8_t score = 0;
};

/// The samples of FAST's ring lie so far from its centre.
inline constexpr int kFastReach = 3;

/// One row of FAST at a time, for one instruction set.
///
/// Thread safety: pure functions.
struct FastKernels {
    const char* name = "";
    /// Samples that one step takes; what is written is a whole number of steps.
    int lanes = 1;
    /// Writes the score of each of `count` samples from `row` on, 0 where there is no corner.
    ///
    /// @param stride  from one row to the next; kFastReach rows above and below are read
    /// @param threshold  1..254: what a ring must differ by, and more
    /// @param scores  has room for `count` rounded up to steps; what follows `count` is undefined
    ///
    /// Up to one step of samples beyond `count` is read, and kFastReach beyond that.
    void (*score_row)(const std::uint8_t* row,
                      std::ptrdiff_t stride,
                      int count,
                      int threshold,
                      std::uint8_t* scores) = nullptr;
    /// Writes the scores that are larger than all eight around them, and 0 for the others.
    ///
    /// @param scores  rows above, at and below; one score before and a step behind are read
    void (*keep_peaks)(const std::uint8_t* const* scores, int count, std::uint8_t* peaks) = nullptr;
};

/// The fastest kernels that this machine runs.
[[nodiscard]] const FastKernels& fast_kernels();

/// All kernels that this machine runs: the plain twin first, the fastest last.
[[nodiscard]] std::vector<const FastKernels*> usable_fast_kernels();

/// FAST-9 (E. Rosten, T. Drummond: Machine learning for high-speed corner detection, ECCV 2006): a
/// sample is a corner when nine neighbours in a row, of the sixteen on a ring around it, are all
/// brighter than it or all darker, by more than a threshold. Of corners side by side the one with
/// the highest score stays, and of equal ones none.
///
/// OpenCV's `FAST` finds the same (a property test compares them); this one needs none of the
/// libraries that OpenCV brings, and takes wider steps.
///
/// Thread safety: one thread at a time. Memory: four bytes a column.
class FastDetector {
  public:
    explicit FastDetector(const FastKernels& kernels = fast_kernels()) : kernels_(&kernels) {}

    /// Appends the corners in an area, row by row. Nothing beyond the area weakens a corner in it.
    ///
    /// @param area  at least kFastReach samples from the edges of the level; empty: nothing is done
    /// @param threshold  1..254
    ///
    /// Cost: the samples of the area, each once.
    void find(const Plane& level, const Area& area, int threshold, std::vector<FastCorner>& out);

  private:
    void append_peaks(const Area& area, int row, std::vector<FastCorner>& out);
    [[nodiscard]] std::uint8_t* scores_of(int row);

    const FastKernels* kernels_;
    std::size_t room_ = 0;  ///< bytes of one row of scores
    std::vector<std::uint8_t> scores_;
    std::vector<std::uint8_t> peaks_;
};

}  // namespace refrain::local
