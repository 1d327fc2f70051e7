#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace refrain::local {

/// A picture of 8-bit samples with a margin on all sides. The margin mirrors the picture about its
/// outermost samples, so that code that looks a few pixels beyond the edge needs no special case.
class Plane {
  public:
    /// On each side, samples. Codes reach furthest beyond the edge: kTestReach - kEdgeDistance.
    static constexpr int kMargin = 16;

    /// Keeps its memory; the samples are undefined afterwards.
    void resize(int width, int height) {
        width_ = width;
        height_ = height;
        stride_ = width + 2 * kMargin;
        samples_.resize(static_cast<std::size_t>(stride_) *
                        static_cast<std::size_t>(height + 2 * kMargin));
    }

    /// Fills the margin; where a side is not longer than it, part of it stays undefined.
    void mirror_margin();

    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }
    [[nodiscard]] std::ptrdiff_t stride() const { return stride_; }

    /// Sample 0 of a row; rows -kMargin to height + kMargin - 1 and as many columns may be read.
    [[nodiscard]] std::uint8_t* row(int r) {
        return samples_.data() + std::ptrdiff_t{r + kMargin} * stride_ + kMargin;
    }
    [[nodiscard]] const std::uint8_t* row(int r) const {
        return samples_.data() + std::ptrdiff_t{r + kMargin} * stride_ + kMargin;
    }

  private:
    int width_ = 0;
    int height_ = 0;
    std::ptrdiff_t stride_ = 0;
    std::vector<std::uint8_t> samples_;
};

/// The picture at another size, linearly interpolated in 1/256, rounded; exactly symmetric under
/// mirroring. Meant for changes by less than a factor of two.
void resample(const Plane& in, int width, int height, Plane& out);

/// The picture blurred by (1 4 6 4 1)/16 along both sides, with taps `spacing` samples apart, 1 to
/// 8. Reads the margin of `in`, fills that of `out`. Applied with spacing 1, 2, 4 in turn it gives
/// deviations of 1, 2.2 and 4.6 samples.
void blur(const Plane& in, int spacing, Plane& out);

}  // namespace refrain::local
