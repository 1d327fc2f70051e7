#pragma once

#include <cstdint>

namespace refrain::media {

/// What of the samples of a picture becomes black and what white.
struct SampleRange {
    double low = 0;
    double high = 1;

    /// 0..255 for a sample; what lies outside is cut, what is not a number is black.
    [[nodiscard]] std::uint8_t level(double value) const;
};

/// The values of floating-point samples that occur in a picture.
class OccurringSamples {
  public:
    void take(double value);

    /// From 0 to 1, as such pictures have it; the range that occurs where most of it lies outside,
    /// as in measurements.
    [[nodiscard]] SampleRange range() const;

  private:
    double low_ = 0;
    double high_ = 0;
    std::uint64_t count_ = 0;
    std::uint64_t usual_ = 0;  ///< from 0 to 1
};

}  // namespace refrain::media
