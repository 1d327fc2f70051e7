#include "corpus/query.h"

#include <algorithm>

#include "verdict/frame_score.h"

namespace refrain::corpus {

namespace {

// An excerpt of three seconds is asked for six times, each view of it three times.
constexpr MediaTime kUprightGap = MediaTime::from_ms(500);
constexpr MediaTime kViewsGap = MediaTime::from_ms(1000);
// A picture that has changed by this much since the last seed is worth one at once.
constexpr int kSeedChangeBits = 40;

}  // namespace

Query::Query(const Fingerprint& fingerprint) : fingerprint_(fingerprint) {
    const std::vector<FrameHash>& all = fingerprint.frames;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
        if (all[i].quality < verdict::kMinQuality) {
            continue;
        }
        const MediaTime end = i + 1 < all.size() ? all[i + 1].time : fingerprint.media.duration;
        frames_.push_back({i, all[i].time, std::max(end, all[i].time),
                           i > 0 ? all[i - 1].time : MediaTime{}, all[i].quality});
        add_seeds(static_cast<std::uint32_t>(frames_.size() - 1));
    }
}

const Hash256& Query::code(std::size_t frame, std::size_t view) const {
    const std::uint32_t ordinal = frames_[frame].ordinal;
    return fingerprint_.views.empty() ? fingerprint_.frames[ordinal].hash
                                      : fingerprint_.views[ordinal][view];
}

void Query::add_seeds(std::uint32_t frame) {
    const MediaTime time = frames_[frame].time;
    const Hash256& upright = code(frame, 0);
    const bool has_changed = !has_seed_ || hamming_distance(last_seed_, upright) >= kSeedChangeBits;
    if (!has_changed && time - last_upright_ < kUprightGap) {
        return;
    }
    const bool wants_views =
        !fingerprint_.views.empty() && (!has_seed_ || time - last_views_ >= kViewsGap);
    const std::uint32_t views = wants_views ? kDihedralViews : 1;
    for (std::uint32_t view = 0; view < views; ++view) {
        seeds_.push_back({frame, view});
        seed_codes_.push_back(code(frame, view));
    }
    last_upright_ = time;
    last_seed_ = upright;
    has_seed_ = true;
    if (wants_views) {
        last_views_ = time;
    }
}

}  // namespace refrain::corpus
