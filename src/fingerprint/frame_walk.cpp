#include "fingerprint/frame_walk.h"

#include <cstdlib>
#include <utility>

#include "fingerprint/kept_frame.h"
#include "fingerprint/stopwatch.h"

namespace refrain::fingerprint {

namespace {

/// Source of the numbers: docs/decisions/0021-video-sampling.md.
keyframe::ChangeRule change_rule_of(const FingerprintOptions& options) {
    if (options.sampling == Sampling::kKnown) {
        return {.min_change_bits = 10,
                .min_gap = MediaTime::from_ms(80),
                .max_gap = MediaTime::from_seconds(4)};
    }
    if (options.effort == Effort::kThorough) {
        return {.min_change_bits = 6,
                .min_gap = MediaTime::from_ms(100),
                .max_gap = MediaTime::from_ms(250),
                .max_frames = 15};
    }
    return {.min_change_bits = 8,
            .min_gap = MediaTime::from_ms(200),
            .max_gap = MediaTime::from_ms(500),
            .max_frames = 30};
}

bool is_alike(const hash::Box& a, const hash::Box& b, const frame::LumaView& luma) {
    constexpr double kTolerance = 0.01;
    const double across = kTolerance * luma.width;
    const double down = kTolerance * luma.height;
    return std::abs(a.left - b.left) <= across && std::abs(a.right - b.right) <= across &&
           std::abs(a.top - b.top) <= down && std::abs(a.bottom - b.bottom) <= down;
}

}  // namespace

FrameWalk::FrameWalk(const media::StreamInfo& stream,
                     const FingerprintOptions& options,
                     FingerprintRun& run,
                     std::size_t max_query_points)
    : options_(options),
      run_(run),
      by_change_(change_rule_of(options)),
      local_(options, stream.is_still_container, max_query_points),
      is_still_container_(stream.is_still_container) {}

Result<void> FrameWalk::take(const frame::FrameHeader& header, const frame::LumaView& luma) {
    // Where shots begin is asked of what is made known alone.
    if (options_.sampling == Sampling::kQuery && hash::LumaShrinker::has_hash(luma) &&
        by_change_.passes_over(header.time)) {
        return {};
    }
    Stopwatch watch;
    // A picture too small for PDQ leaves no trace.
    if (const auto small = shrinker_.shrink(luma)) {
        const hash::PdqHash hashed = hash::hash_of(*small);
        const auto choice = by_change_.choose(header.time, hashed.hash, hashed.quality);
        if (choice.is_kept) {
            keep_luma(header, luma, *small);
            local_.take(header, luma, hashed.hash, run_.fingerprint);
        }
        if (choice.begins_shot && options_.sampling == Sampling::kKnown) {
            run_.fingerprint.shots.push_back(header.time);
        }
    }
    run_.hash_time = run_.hash_time + watch.lap();
    return {};
}

Result<void> FrameWalk::take(const frame::FrameHeader& header,
                             const frame::LumaView& luma,
                             const PictureOfFrame& picture) {
    const std::size_t before = run_.fingerprint.frames.size();
    if (Result<void> taken = take(header, luma); !taken) {
        return taken;
    }
    Stopwatch watch;
    Result<void> added = add_exact(luma, picture, run_.fingerprint.frames.size() - before);
    run_.hash_time = run_.hash_time + watch.lap();
    return added;
}

/// @param frames  that were kept: none, the whole picture, or that and the inside of its borders
Result<void> FrameWalk::add_exact(const frame::LumaView& luma,
                                  const PictureOfFrame& picture,
                                  std::size_t frames) {
    if (frames == 0) {
        return {};
    }
    const Result<frame::RgbView> pixels = picture();
    if (!pixels) {
        return pixels.error();
    }
    for (std::size_t i = 0; i < frames; ++i) {
        const bool is_inside = i > 0;
        const frame::RgbView shown =
            is_inside ? hash::cropped(*pixels, hash::shown_box(*last_box_, luma, *pixels))
                      : *pixels;
        const std::optional<hash::PdqViews> code = exact_.views(shown);
        // Pixels that are not square may leave fewer than there are samples: a code of no detail.
        run_.fingerprint.exact.push_back(code ? ExactCode{code->views, code->quality}
                                              : ExactCode{});
    }
    return {};
}

void FrameWalk::keep_luma(const frame::FrameHeader& header,
                          const frame::LumaView& luma,
                          const hash::DecimatedPicture& small) {
    FrameHash frame;
    frame.time = header.time;
    frame.is_keyframe = header.is_keyframe;
    keep_frame(frame, bits_of(small), options_.views, run_.fingerprint);
    const std::optional<hash::Box> last =
        std::exchange(last_box_, hash::picture_inside_borders(luma));
    if (!last_box_) {
        return;
    }
    // In videos, bars stay where they are; the flat background of a moving scene does not.
    const bool may_be_still = is_still_container_ && header.index == 0;
    if (!may_be_still && (!last || !is_alike(*last, *last_box_, luma))) {
        return;
    }
    if (const auto inside = shrinker_.shrink(hash::cropped(luma, *last_box_))) {
        frame.is_inside_borders = true;
        keep_frame(frame, bits_of(*inside), options_.views, run_.fingerprint);
    }
}

hash::PdqViews FrameWalk::bits_of(const hash::DecimatedPicture& small) const {
    hash::PdqViews bits =
        options_.views == Views::kDihedral ? hash::views_of(small) : upright(hash::hash_of(small));
    bits.quality = hash::quality_of_bits(small, bits.quality);
    return bits;
}

}  // namespace refrain::fingerprint
