#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/local_segment.h"

namespace refrain::index {

/// The pictures of one segment that is made of several: those that live, ordered by key.
///
/// Memory: 12 bytes for each of them, and 4 for each picture of the parts.
/// Thread safety: immutable.
class MergedPictures {
  public:
    static constexpr std::uint32_t kGone = ~std::uint32_t{0};

    /// @param parts  together at most LocalSegment::kMaxKeys pictures that live
    explicit MergedPictures(std::span<const LocalPart> parts);

    [[nodiscard]] std::span<const PictureKey> keys() const { return keys_; }
    [[nodiscard]] std::span<const std::uint32_t> codes_of() const { return codes_of_; }
    [[nodiscard]] std::size_t code_count() const { return codes_; }
    /// The new number of a picture; kGone: it was removed.
    [[nodiscard]] std::uint32_t number_of(std::size_t part, std::uint32_t picture) const {
        return numbers_[part][picture];
    }

  private:
    std::vector<PictureKey> keys_;
    std::vector<std::uint32_t> codes_of_;
    std::vector<std::vector<std::uint32_t>> numbers_;  ///< of each picture of each part
    std::size_t codes_ = 0;
};

}  // namespace refrain::index
