#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace refrain::align {

/// One query frame's vote for every offset in [begin, end].
struct OffsetVote {
    std::uint32_t frame = 0;  ///< ordinal inside the window, small: sizes an array
    double begin = 0;
    double end = 0;  ///< >= begin
    double weight = 0;
};

/// The offsets with the most weight.
struct OffsetPeak {
    double begin = 0;  ///< first such offset
    double end = 0;    ///< where the next vote begins or ends, >= begin
    double weight = 0;

    [[nodiscard]] double middle() const { return (begin + end) / 2; }
};

/// Finds the offset on which the query frames agree most: the greatest sum over frames of each
/// frame's heaviest vote there; the smallest offset among equals. Keeps its memory between calls.
///
/// Cost: O(n log n + n k) for n votes of which one frame casts k that overlap.
/// Thread safety: one thread at a time.
class OffsetSweep {
  public:
    /// @return weight 0 if there is no vote
    [[nodiscard]] OffsetPeak best_offset(std::span<const OffsetVote> votes);

  private:
    struct Edge {
        double offset = 0;
        std::uint32_t vote = 0;
        bool is_end = false;
    };
    std::vector<Edge> edges_;
    std::vector<std::vector<double>> active_;  ///< by frame: weights of the votes that are open
};

/// The plain twin of OffsetSweep: tries the begin of every vote. Cost: O(n^2).
[[nodiscard]] OffsetPeak best_offset_plain(std::span<const OffsetVote> votes);

}  // namespace refrain::align
