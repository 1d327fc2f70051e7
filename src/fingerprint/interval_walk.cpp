#include "fingerprint/interval_walk.h"

#include "fingerprint/kept_frame.h"
#include "fingerprint/stopwatch.h"

namespace refrain::fingerprint {

IntervalWalk::IntervalWalk(media::FrameReader& reader,
                           const FingerprintOptions& options,
                           FingerprintRun& run)
    : reader_(reader), options_(options), run_(run), sampler_(options.interval) {
    run_.fingerprint.codes = CodeKind::kExactPdq;
}

Result<void> IntervalWalk::take(const frame::FrameHeader& header) {
    if (!sampler_.wants(header)) {
        return {};
    }
    Stopwatch watch;
    const Result<frame::RgbView> picture = reader_.picture();
    run_.decode_time = run_.decode_time + watch.lap();
    if (!picture) {
        return picture.error();
    }
    // A picture too small for PDQ leaves no trace.
    if (const auto hashed = exact(*picture)) {
        FrameHash frame;
        frame.time = header.time;
        frame.is_keyframe = header.is_keyframe;
        keep_frame(frame, *hashed, options_.views, run_.fingerprint);
    }
    run_.hash_time = run_.hash_time + watch.lap();
    return {};
}

std::optional<hash::PdqViews> IntervalWalk::exact(const frame::RgbView& picture) {
    if (options_.views == Views::kDihedral) {
        return hasher_.views(picture);
    }
    const auto hashed = hasher_.hash(picture);
    return hashed ? std::optional(upright(*hashed)) : std::nullopt;
}

}  // namespace refrain::fingerprint
