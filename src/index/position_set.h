#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace refrain::index {

/// Marks positions.
///
/// Thread safety: one thread at a time; const calls may run beside each other.
class PositionSet {
  public:
    explicit PositionSet(std::size_t positions) : words_(words_for(positions)) {}
    /// @param words  as `words()` gave them
    explicit PositionSet(std::vector<std::uint64_t> words);

    [[nodiscard]] static std::size_t words_for(std::size_t positions) {
        return (positions + 63) / 64;
    }
    [[nodiscard]] bool contains(std::size_t position) const {
        return (words_[position / 64] >> (position % 64) & 1U) != 0;
    }
    /// @return false: it was there already
    bool insert(std::size_t position) {
        const std::uint64_t bit = std::uint64_t{1} << (position % 64);
        const bool is_new = (words_[position / 64] & bit) == 0;
        words_[position / 64] |= bit;
        size_ += is_new ? 1U : 0U;
        return is_new;
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::span<const std::uint64_t> words() const { return words_; }
    [[nodiscard]] std::size_t memory_bytes() const { return words_.capacity() * 8; }

  private:
    std::vector<std::uint64_t> words_;
    std::size_t size_ = 0;
};

}  // namespace refrain::index
