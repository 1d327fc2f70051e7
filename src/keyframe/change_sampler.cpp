#include "keyframe/change_sampler.h"

namespace refrain::keyframe {

namespace {

/// Bits of change that mean something: where one side has no detail, only that it got or lost some.
int change_between(const Hash256& a, int quality_a, const Hash256& b, int quality_b) {
    const bool has_detail_a = quality_a >= ChangeSampler::kLeastComparedQuality;
    const bool has_detail_b = quality_b >= ChangeSampler::kLeastComparedQuality;
    if (has_detail_a && has_detail_b) {
        return hamming_distance(a, b);
    }
    return has_detail_a == has_detail_b ? 0 : Hash256::kBits;
}

}  // namespace

bool ChangeSampler::passes_over(MediaTime time) {
    const MediaTime gap = time - kept_at_;
    if (!has_previous_ || gap >= rule_.min_gap || gap >= rule_.max_gap ||
        frames_since_kept_ + 1 >= rule_.max_frames) {
        return false;
    }
    ++frames_since_kept_;
    return true;
}

ChangeSampler::Choice ChangeSampler::choose(MediaTime time, const Hash256& hash, int quality) {
    Choice choice;
    if (!has_previous_) {
        choice = {true, true};
    } else {
        const int step = change_between(previous_, previous_quality_, hash, quality);
        choice.begins_shot = step >= kShotChangeBits && time - shot_at_ >= kMinShot;
        const int change = change_between(last_kept_, kept_quality_, hash, quality);
        const MediaTime gap = time - kept_at_;
        const bool is_due = gap >= rule_.min_gap || ++frames_since_kept_ >= rule_.max_frames;
        choice.is_kept = gap >= rule_.max_gap || (is_due && change >= rule_.min_change_bits);
    }
    has_previous_ = true;
    previous_ = hash;
    previous_quality_ = quality;
    if (choice.begins_shot) {
        shot_at_ = time;
    }
    if (choice.is_kept) {
        last_kept_ = hash;
        kept_quality_ = quality;
        kept_at_ = time;
        frames_since_kept_ = 0;
    }
    return choice;
}

}  // namespace refrain::keyframe
