#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "refrain/corpus.h"

namespace refrain::corpus {

/// Notices items that suddenly match far more often than before: a picture that everybody posts
/// today, or a code that fits everything.
///
/// Time is cut into windows. In each, an item may match `least` times, and `factor` times as often
/// as in the mean of the windows before, the older ones counting for less.
///
/// Memory: at most kMostItems items; those that have not matched for the longest go first.
/// Thread safety: safe to share.
class FloodGuard {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t kMostItems = 100'000;

    explicit FloodGuard(const FloodLimits& limits) : limits_(limits) {}

    /// Counts one match of each of these. @return those that exceeded their measure just now
    [[nodiscard]] std::vector<std::string> count(std::span<const std::string> ids, Time now);

  private:
    struct Rate {
        std::int64_t window = 0;    ///< in which it matched last
        std::uint64_t matches = 0;  ///< in that window
        double before = 0;          ///< mean of the windows before
        bool is_told = false;       ///< in that window
    };

    void advance(Rate& rate, std::int64_t window) const;
    void make_room(std::int64_t window);

    FloodLimits limits_;
    std::mutex mutex_;  ///< guards what follows
    std::unordered_map<std::string, Rate> rates_;
};

}  // namespace refrain::corpus
