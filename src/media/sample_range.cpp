#include "media/sample_range.h"

#include <algorithm>
#include <cmath>

namespace refrain::media {

std::uint8_t SampleRange::level(double value) const {
    const double share = (value - low) / (high - low);
    return share > 0 ? static_cast<std::uint8_t>(std::lround(std::min(share, 1.0) * 255)) : 0;
}

void OccurringSamples::take(double value) {
    if (!std::isfinite(value)) {
        return;
    }
    low_ = count_ == 0 ? value : std::min(low_, value);
    high_ = count_ == 0 ? value : std::max(high_, value);
    ++count_;
    usual_ += value >= 0 && value <= 1 ? 1 : 0;
}

SampleRange OccurringSamples::range() const {
    const bool is_usual = usual_ * 2 >= count_ || !(high_ > low_);
    return is_usual ? SampleRange{} : SampleRange{low_, high_};
}

}  // namespace refrain::media
