#include "fingerprint/part_budget.h"

#include <algorithm>

#include <spdlog/fmt/fmt.h>

#include "fingerprint/local_sampler.h"
#include "fingerprint/record_format.h"

namespace refrain::fingerprint {

namespace {

std::size_t local_bytes_of(const Fingerprint& part) {
    std::size_t bytes = 0;
    for (const LocalFrame& frame : part.local) {
        bytes += kMinLocalFrameBytes + kLocalPointBytes * frame.points.size();
    }
    return bytes;
}

}  // namespace

Result<FingerprintOptions> PartBudget::options_for(std::size_t parts, bool is_twin) {
    FingerprintOptions options = options_;
    if (is_first_) {
        is_first_ = false;
    } else {
        elapsed_ = elapsed_ + watch_.lap();
        Limits& limits = options.limits;
        if (frames_ >= limits.max_frames) {
            return Error{ErrorCode::kTooManyFrames,
                         fmt::format("more than {} frames in all parts", limits.max_frames)};
        }
        if (duration_ > limits.max_duration) {
            return Error{ErrorCode::kTooLarge,
                         fmt::format("all parts are longer than the limit of {} s",
                                     limits.max_duration.seconds())};
        }
        if (elapsed_ >= limits.max_wall_time) {
            return Error{ErrorCode::kTimeout,
                         fmt::format("decoding all parts took longer than the limit of {} s",
                                     limits.max_wall_time.seconds())};
        }
        limits.max_frames -= frames_;
        limits.max_duration = limits.max_duration - duration_;
        limits.max_wall_time = limits.max_wall_time - elapsed_;
    }
    if (is_twin) {
        const std::size_t used = std::min<std::size_t>(local_bytes_, image_bytes_);
        options.local_image_bytes =
            std::max(image_bytes_ - static_cast<std::uint32_t>(used), image_bytes_ / 2);
    } else if (parts > kFullPictures) {
        const std::uint64_t all = std::uint64_t{options.local_image_bytes} * kFullPictures;
        options.local_image_bytes = static_cast<std::uint32_t>(all / parts);
    }
    image_bytes_ = options.local_image_bytes;
    return options;
}

std::size_t PartBudget::query_points(std::size_t parts) const {
    return std::max<std::size_t>(LocalSampler::kMaxQueryPoints / std::max<std::size_t>(parts, 1),
                                 1);
}

void PartBudget::spend(const PartOutcome& outcome) {
    frames_ += outcome.decode.decoded_frames;
    local_bytes_ = 0;
    if (outcome.run) {
        duration_ = duration_ + outcome.run->fingerprint.media.duration;
        local_bytes_ = local_bytes_of(outcome.run->fingerprint);
    } else {
        duration_ = duration_ + outcome.decode.decoded_until;
    }
}

}  // namespace refrain::fingerprint
