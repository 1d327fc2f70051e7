#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "base/check.h"
#include "index/local_index.h"

namespace refrain::index {

/// A hit of a query that is known otherwise.
struct Kept {
    PictureKey picture = 0;
    std::uint16_t distance = 0;
    std::uint16_t point = 0;

    friend bool operator<(const Kept& a, const Kept& b) {
        return std::tie(a.distance, a.picture, a.point) < std::tie(b.distance, b.picture, b.point);
    }
};

/// The least hits of all that are offered, by distance, picture and point.
///
/// Cost of an offer: one comparison once it is too late for most, some ten amortised before.
/// Thread safety: one thread at a time.
class BestHits {
  public:
    /// @param most  hits kept, >= 1
    explicit BestHits(std::size_t most) : most_(most), room_(most) {}

    void offer(const Kept& hit) {
        if (is_full_ && !(hit < worst_)) {
            return;
        }
        kept_.push_back(hit);
        if (kept_.size() == room_) {
            drop_the_rest();
        }
    }

    /// Hits beyond this distance will not be kept.
    [[nodiscard]] std::uint16_t limit() const { return is_full_ ? worst_.distance : 256; }

    /// In order; the object is empty afterwards.
    [[nodiscard]] std::vector<Kept> take() {
        std::sort(kept_.begin(), kept_.end());
        kept_.resize(std::min(kept_.size(), most_));
        is_full_ = false;
        room_ = most_;
        return std::exchange(kept_, {});
    }

  private:
    void drop_the_rest() {
        const auto worst = kept_.begin() + static_cast<std::ptrdiff_t>(most_ - 1);
        std::nth_element(kept_.begin(), worst, kept_.end());
        worst_ = *worst;
        kept_.resize(most_);
        is_full_ = true;
        room_ = 2 * most_;
    }

    std::size_t most_;
    std::size_t room_;  ///< when this many are there, all but the best go
    bool is_full_ = false;
    Kept worst_;  ///< if full: the last that is kept
    std::vector<Kept> kept_;
};

}  // namespace refrain::index
