#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "refrain/hash256.h"

#include "frame/dihedral.h"
#include "frame/picture.h"
#include "hash/pdq_hash.h"

/// The steps of PDQ as they were published, one function each: the plain twins that the kernels in
/// hash/pdq_kernels.h are held against.
///
/// All arithmetic is float32 in the order of the published reference; that order decides bits, so
/// none of it may be reassociated, fused or widened.
/// Every function is pure and may be called from any thread.
namespace refrain::hash {

inline constexpr int kBlockSide = 16;

/// A picture of float samples, rows from the top, without gaps.
struct FloatPlane {
    int width = 0;
    int height = 0;
    std::vector<float> samples;  ///< width * height

    FloatPlane(int plane_width, int plane_height)
        : width(plane_width),
          height(plane_height),
          samples(static_cast<std::size_t>(plane_width) * static_cast<std::size_t>(plane_height)) {}

    /// Gives it another size; what it held is lost. Keeps its memory where that is large enough.
    void resize(int plane_width, int plane_height) {
        width = plane_width;
        height = plane_height;
        samples.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    }

    [[nodiscard]] float* row(int r) { return samples.data() + offset(r); }
    [[nodiscard]] const float* row(int r) const { return samples.data() + offset(r); }

  private:
    [[nodiscard]] std::size_t offset(int r) const {
        return static_cast<std::size_t>(r) * static_cast<std::size_t>(width);
    }
};

/// The planes that one picture needs, kept from picture to picture: two floats a pixel.
struct PlainPlanes {
    FloatPlane luma{0, 0};
    FloatPlane spare{0, 0};
};

/// 16x16 DCT coefficients, row-major: vertical frequency r + 1, horizontal frequency c + 1.
using DctBlock = std::array<float, static_cast<std::size_t>(kBlockSide) * kBlockSide>;

/// Cosines by frequency 1..16 and sample.
using DctMatrix = std::array<std::array<float, kDecimatedSide>, kBlockSide>;

/// Rec. 601 luma, 0..255.
[[nodiscard]] FloatPlane luma_plane(const frame::RgbView& picture);
void luma_plane(const frame::RgbView& picture, FloatPlane& luma);

/// Samples under the box filter along a side of `side` samples, >= 1: side / 128 rounded up.
[[nodiscard]] int box_window(int side);

/// One box filter along every row. At the borders the mean is of the samples that exist.
///
/// @param filtered  takes the result; any size before, and not `plane`
void box_filter_rows(const FloatPlane& plane, FloatPlane& filtered);
/// The same along every column, one column after the other from top to bottom.
void box_filter_columns(const FloatPlane& plane, FloatPlane& filtered);
/// The two tent filters ("Jarosz") before decimation, in place: rows, columns, rows, columns.
void blur(FloatPlane& plane, FloatPlane& spare);

/// The samples at the centres of a 64x64 grid laid over the picture.
[[nodiscard]] DecimatedPicture decimate(const FloatPlane& plane);

/// Luma, blur and decimation. A 64x64 picture is taken as it is, without blur.
[[nodiscard]] DecimatedPicture shrink(const frame::RgbView& picture);
[[nodiscard]] DecimatedPicture shrink(const frame::RgbView& picture, PlainPlanes& planes);

/// 0..100: the sum of the larger steps between neighbours, saturated.
[[nodiscard]] std::uint8_t picture_quality(const DecimatedPicture& picture);

/// The same from the sum of all steps.
[[nodiscard]] std::uint8_t quality_of_steps(int sum);

[[nodiscard]] DctMatrix make_dct_matrix();

/// The 16 lowest frequencies each way, without the constant ones.
[[nodiscard]] DctBlock low_frequencies(const DecimatedPicture& picture);

/// The coefficients of the same picture laid another way.
[[nodiscard]] DctBlock transformed(const DctBlock& block, const frame::Dihedral& way);

/// The lower median: the 128th smallest of the 256.
[[nodiscard]] float median_of(const DctBlock& block);

/// One bit a coefficient: set where it is greater than the median.
[[nodiscard]] Hash256 threshold(const DctBlock& block);

/// The bits of all eight views.
[[nodiscard]] DihedralHashes views_of(const DctBlock& block);

/// The whole of PDQ by its plain steps, of a picture of at least kMinPdqSide pixels a side.
[[nodiscard]] PdqHash pdq_hash_plain(const frame::RgbView& picture);
[[nodiscard]] PdqHash pdq_hash_plain(const frame::RgbView& picture, PlainPlanes& planes);

}  // namespace refrain::hash
