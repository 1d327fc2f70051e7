#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/local_index.h"

namespace refrain::index {

/// A hit without its query, which the holder knows. It is packed so that one comparison of two
/// numbers nearly always orders two hits: by distance, then picture, then point.
class Kept {
  public:
    Kept() = default;
    /// @param picture  >= 0  @param distance  0..256
    Kept(PictureKey picture, std::uint16_t distance, std::uint16_t point)
        : high_(std::uint64_t{distance} << kHighBits | static_cast<std::uint64_t>(picture) >> 8),
          low_(static_cast<std::uint32_t>(static_cast<std::uint64_t>(picture) & 0xffU) << 16 |
               point) {}

    [[nodiscard]] PictureKey picture() const {
        constexpr std::uint64_t kMask = (std::uint64_t{1} << kHighBits) - 1;
        return static_cast<PictureKey>((high_ & kMask) << 8 | low_ >> 16);
    }
    [[nodiscard]] std::uint16_t distance() const {
        return static_cast<std::uint16_t>(high_ >> kHighBits);
    }
    [[nodiscard]] std::uint16_t point() const { return static_cast<std::uint16_t>(low_ & 0xffffU); }

    friend bool operator<(const Kept& a, const Kept& b) {
        return a.high_ != b.high_ ? a.high_ < b.high_ : a.low_ < b.low_;
    }

  private:
    static constexpr unsigned kHighBits = 55;  ///< of the picture, above its last byte

    std::uint64_t high_ = 0;
    std::uint32_t low_ = 0;
};

/// Keeps the best of all hits that are offered: those with the least distance.
///
/// Cost of an offer: one comparison for a hit that comes too late, as most do; about ten, averaged,
/// for one that is kept.
/// Thread safety: one thread at a time.
class BestHits {
  public:
    /// @param most  hits kept, >= 1
    explicit BestHits(std::size_t most) : most_(most), room_(most) {}

    void offer(const Kept& hit) {
        if (is_full_ && !(hit < worst_)) {
            return;
        }
        if (kept_.empty()) {
            kept_.reserve(std::min(2 * most_, kFirstRoom));
        }
        kept_.push_back(hit);
        if (kept_.size() == room_) {
            drop_the_rest();
        }
    }

    /// Hits beyond this distance will not be kept.
    [[nodiscard]] std::uint16_t limit() const {
        return is_full_ ? worst_.distance() : std::uint16_t{Hash256::kBits};
    }

    /// At least as many as are kept.
    [[nodiscard]] std::size_t size() const { return kept_.size(); }

    /// Appends what was kept to `out`, in order.
    void copy_sorted(std::vector<Kept>& out) {
        if (kept_.size() > most_) {
            drop_the_rest();
        }
        // By distance in two passes, and within a distance by insertion: few share one.
        std::array<std::uint32_t, Hash256::kBits + 2> next{};
        std::size_t last = 0;
        for (const Kept& hit : kept_) {
            ++next[hit.distance() + std::size_t{1}];
            last = std::max<std::size_t>(last, hit.distance());
        }
        const std::size_t first = out.size();
        for (std::size_t distance = 1; distance <= last; ++distance) {
            next[distance] += next[distance - 1];
        }
        out.resize(first + kept_.size());
        for (const Kept& hit : kept_) {
            out[first + next[hit.distance()]++] = hit;
        }
        std::uint32_t begin = 0;
        for (std::size_t distance = 0; distance <= last; ++distance) {
            const auto at = out.begin() + static_cast<std::ptrdiff_t>(first);
            if (next[distance] > begin + 1) {
                std::sort(at + begin, at + next[distance]);
            }
            begin = next[distance];
        }
    }

    void clear() {
        kept_.clear();
        is_full_ = false;
        room_ = most_;
    }

  private:
    void drop_the_rest() {
        if (kept_.size() == most_) {
            worst_ = *std::max_element(kept_.begin(), kept_.end());
        } else {
            const auto worst = kept_.begin() + static_cast<std::ptrdiff_t>(most_ - 1);
            std::nth_element(kept_.begin(), worst, kept_.end());
            worst_ = *worst;
            kept_.resize(most_);
        }
        is_full_ = true;
        room_ = 2 * most_;
    }

    static constexpr std::size_t kFirstRoom = 128;

    std::size_t most_;
    std::size_t room_;  ///< when this many are there, all but the best go
    bool is_full_ = false;
    Kept worst_;  ///< if full: the last that is kept
    std::vector<Kept> kept_;
};

}  // namespace refrain::index
