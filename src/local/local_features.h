#pragma once

#include <memory>
#include <vector>

#include "refrain/hash256.h"
#include "refrain/result.h"

#include "frame/picture.h"
#include "local/plane.h"

/// Corners of a picture and a 256-bit code of what surrounds each of them.
///
/// The codes survive a turn by any angle, a change of size, gain, offset and moderate blur, and
/// `mirrored` turns a code into that of the mirrored picture. docs/decisions/0050-local-features.md
/// says how they were chosen and how far apart those of equal and of unrelated places lie.
namespace refrain::local {

/// A place in the working picture. In the picture mirrored left to right it lies at
/// (width - x, y), its angle is pi - angle and its code `mirrored(code)`.
struct Point {
    float x = 0;      ///< pixels of the working picture; the centre of the first one is at 0.5
    float y = 0;      ///< pixels, from the top
    float scale = 1;  ///< size as a multiple of the finest level, >= 1
    float angle = 0;  ///< radians, [0, 2 pi), clockwise from the x axis as y points down
    Hash256 code;
};

/// What `Extractor` finds in a picture.
struct Features {
    int width = 0;   ///< of the working picture, pixels
    int height = 0;  ///< of the working picture, pixels
    /// The strongest and best spread first: a prefix is what a smaller budget would give.
    std::vector<Point> points;
};

struct ExtractOptions {
    /// Larger pictures are shrunk to it, those below 256 doubled if that keeps within it; pixels,
    /// 32..4096.
    int max_side = 512;
    int max_points = 400;  ///< 1..10000
};

/// Finds the points of pictures. Options out of range are brought to the nearest end.
///
/// The result depends on the samples within the picture alone, and is the same on every machine up
/// to the rounding of atan2. It runs in the calling thread.
///
/// Cost: one pass over the picture, some 20 ns a pixel of the working picture and 2 us a point;
/// twice that when it is full of noise. Memory: about 20 bytes a pixel, kept for the next one.
/// Thread safety: one thread at a time.
class Extractor {
  public:
    explicit Extractor(const ExtractOptions& options);
    ~Extractor();
    Extractor(const Extractor&) = delete;
    Extractor& operator=(const Extractor&) = delete;
    Extractor(Extractor&&) noexcept;
    Extractor& operator=(Extractor&&) noexcept;

    /// Replaces `out` by the points of a picture in any orientation, with sides of 1 or more. A
    /// picture that is flat, or has no side of some 30 pixels after shrinking, has none.
    void extract(const frame::LumaView& luma, Features& out);

    /// The working picture of the last call of `extract`; undefined before.
    [[nodiscard]] const Plane& working_picture() const;

  private:
    struct Scratch;
    std::unique_ptr<Scratch> scratch_;
};

/// The code the same point has in the picture mirrored left to right; mirroring twice gives the
/// code itself.
[[nodiscard]] Hash256 mirrored(const Hash256& code);

}  // namespace refrain::local
