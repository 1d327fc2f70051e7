#include "media/timeline.h"

#include <algorithm>

namespace refrain::media {

bool Timeline::is_leap(MediaTime time) const {
    if (time < last_ - kMaxBackstep) {
        return true;
    }
    if (time <= end_ + kMaxLeap) {
        return false;
    }
    return options_.claimed_end > MediaTime{} && time > options_.claimed_end + kMaxLeap;
}

MediaTime Timeline::place(std::optional<MediaTime> stamp, MediaTime duration) {
    MediaTime time = end_;
    if (stamp) {
        if (!options_.origin) {
            options_.origin = *stamp - end_;
        }
        time = *stamp - *options_.origin;
        if (has_last_ && is_leap(time)) {
            options_.origin = *stamp - end_;
            time = end_;
        }
    }
    time = std::max(time, has_last_ ? last_ : MediaTime{});
    last_ = time;
    has_last_ = true;
    end_ = std::max(end_, time + duration);
    return time;
}

}  // namespace refrain::media
