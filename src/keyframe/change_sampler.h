#pragma once

#include "refrain/hash256.h"
#include "refrain/media_time.h"

namespace refrain::keyframe {

/// When a frame of a video is kept.
struct ChangeRule {
    int min_change_bits = 10;                        ///< from the last kept frame
    MediaTime min_gap = MediaTime::from_ms(80);      ///< bounds the frames kept a second
    MediaTime max_gap = MediaTime::from_seconds(4);  ///< also where nothing changes
    /// After so many frames a change is kept, even if `min_gap` has not passed by the clock of the
    /// medium: a clock that claims too many frames a second must not hide changes. With a sound
    /// clock, up to 120 frames a second, `min_gap` passes first.
    int max_frames = 12;
};

/// Keeps a frame wherever the picture has changed enough from the last kept one, so that any frame
/// lies near a kept one, and finds the shots.
///
/// Frames without detail (quality below kLeastComparedQuality) have hashes of noise: changes
/// between two of them count for nothing.
///
/// Thread safety: one thread at a time. Source: docs/decisions/0021-video-sampling.md.
class ChangeSampler {
  public:
    /// PDQ quality, 0..100, from which on a frame is compared with the ones before. Lower than
    /// verdict::kLeastSearchedQuality: neighbours of one film share their noise, so that less
    /// detail is enough to tell whether the picture changed.
    static constexpr int kLeastComparedQuality = 5;
    /// Between neighbouring frames; unrelated pictures differ in 128 bits, 8 of deviation.
    static constexpr int kShotChangeBits = 64;
    static constexpr MediaTime kMinShot = MediaTime::from_ms(200);

    struct Choice {
        bool is_kept = false;
        bool begins_shot = false;
    };

    explicit ChangeSampler(const ChangeRule& rule) : rule_(rule) {}

    /// Whether the next frame is not kept whatever it shows, since the last kept one is too near.
    /// If so the frame is done with: it need not be hashed, nor given to `choose`. Which frames are
    /// kept does not depend on it; a caller who wants to know where shots begin asks about all.
    [[nodiscard]] bool passes_over(MediaTime time);

    /// What to do with the next frame in order of presentation.
    [[nodiscard]] Choice choose(MediaTime time, const Hash256& hash, int quality);

  private:
    ChangeRule rule_;
    Hash256 last_kept_;
    Hash256 previous_;
    MediaTime kept_at_;
    int frames_since_kept_ = 0;
    MediaTime shot_at_;
    int previous_quality_ = 0;
    int kept_quality_ = 0;
    bool has_previous_ = false;
};

}  // namespace refrain::keyframe
