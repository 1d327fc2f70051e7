#include "refrain/fingerprinter.h"

#include <chrono>
#include <memory>
#include <utility>

#include "base/log.h"
#include "hash/pdq.h"
#include "keyframe/sampler.h"
#include "media/byte_source.h"
#include "media/digest.h"
#include "media/frame_reader.h"

namespace refrain {

namespace {

/// Wall-clock time spent in one of several alternating stages.
class Stopwatch {
  public:
    Stopwatch() : began_(std::chrono::steady_clock::now()) {}

    [[nodiscard]] MediaTime lap() {
        const auto now = std::chrono::steady_clock::now();
        const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - began_);
        began_ = now;
        return MediaTime::from_us(passed.count());
    }

  private:
    std::chrono::steady_clock::time_point began_;
};

keyframe::SamplingRule rule_of(Sampling sampling) {
    return sampling == Sampling::kInterval ? keyframe::SamplingRule::kInterval
                                           : keyframe::SamplingRule::kKeyframes;
}

/// Hashes the frame that `reader` stands at. A picture too small for PDQ leaves no trace.
Result<void> hash_frame(media::FrameReader& reader,
                        const frame::FrameHeader& header,
                        Views views,
                        FingerprintRun& run) {
    Stopwatch watch;
    Result<frame::RgbView> picture = reader.picture();
    run.decode_time = run.decode_time + watch.lap();
    if (!picture) {
        return picture.error();
    }
    FrameHash frame;
    frame.time = header.time;
    frame.is_keyframe = header.is_keyframe;
    if (views == Views::kDihedral) {
        if (const auto hashed = hash::pdq_views(*picture)) {
            frame.hash = hashed->views[0];
            frame.quality = hashed->quality;
            run.fingerprint.frames.push_back(frame);
            run.fingerprint.views.push_back(hashed->views);
        }
    } else if (const auto hashed = hash::pdq_hash(*picture)) {
        frame.hash = hashed->hash;
        frame.quality = hashed->quality;
        run.fingerprint.frames.push_back(frame);
    }
    run.hash_time = run.hash_time + watch.lap();
    return {};
}

Result<void> read_frames(media::FrameReader& reader,
                         const FingerprintOptions& options,
                         const RunControl& control,
                         FingerprintRun& run) {
    keyframe::Sampler sampler(rule_of(options.sampling), options.interval);
    while (true) {
        Stopwatch watch;
        Result<std::optional<frame::FrameHeader>> next = reader.next();
        run.decode_time = run.decode_time + watch.lap();
        if (!next) {
            return next.error();
        }
        if (!next->has_value()) {
            return {};
        }
        const frame::FrameHeader& header = **next;
        if (sampler.wants(header)) {
            if (Result<void> hashed = hash_frame(reader, header, options.views, run); !hashed) {
                return hashed.error();
            }
        }
        if (control.progress) {
            control.progress({header.time, reader.info().duration});
        }
    }
}

MediaInfo describe(const media::StreamInfo& stream,
                   const DecodeReport& decode,
                   const ByteDigest& digest) {
    MediaInfo media;
    // One frame of a damaged video is still a piece of a video.
    const bool is_lone_picture =
        decode.decoded_frames == 1 && (stream.is_still_container || !decode.is_partial);
    media.kind = is_lone_picture ? MediaKind::kImage : MediaKind::kVideo;
    media.width = stream.width;
    media.height = stream.height;
    media.duration = is_lone_picture ? MediaTime{} : decode.decoded_until;
    media.digest = digest;
    media.container = stream.container;
    media.codec = stream.codec;
    return media;
}

Result<void> check_options(const FingerprintOptions& options) {
    if (options.interval.us <= 0) {
        return Error{ErrorCode::kInvalidArgument, "the sampling interval must be positive"};
    }
    if (options.decoder_threads < 1) {
        return Error{ErrorCode::kInvalidArgument, "a decoder needs at least one thread"};
    }
    return {};
}

Result<FingerprintRun> run_stages(const media::ByteSource& source,
                                  const FingerprintOptions& options,
                                  const RunControl& control) {
    FingerprintRun run;
    Stopwatch watch;
    Result<ByteDigest> digest = media::digest(source, control.stop);
    if (!digest) {
        return std::move(digest).error();
    }
    Result<std::unique_ptr<media::FrameReader>> opened =
        media::open_frames(source, {options.limits, options.decoder_threads, control.stop});
    run.decode_time = watch.lap();
    if (!opened) {
        return std::move(opened).error();
    }
    media::FrameReader& reader = **opened;
    if (Result<void> done = read_frames(reader, options, control, run); !done) {
        return done.error();
    }
    if (Result<void> same = source.check_unchanged(); !same) {
        return same.error();
    }
    run.fingerprint.decode = reader.report();
    if (run.fingerprint.decode.decoded_frames == 0) {
        const std::string& damage = run.fingerprint.decode.damage;
        return Error{ErrorCode::kCorrupt, damage.empty() ? "no picture could be decoded" : damage};
    }
    run.fingerprint.media = describe(reader.info(), run.fingerprint.decode, *digest);
    return run;
}

}  // namespace

Fingerprinter::Fingerprinter(FingerprintOptions options, LogSink* log)
    : options_(options), log_(log) {}

Result<FingerprintRun> Fingerprinter::fingerprint_file(const std::filesystem::path& path,
                                                       const RunControl& control) const {
    Result<media::ByteSource> source = media::ByteSource::open_file(path, options_.limits);
    if (!source) {
        return std::move(source).error();
    }
    return fingerprint_source(*source, control);
}

Result<FingerprintRun> Fingerprinter::fingerprint_descriptor(int descriptor,
                                                             const RunControl& control) const {
    Result<media::ByteSource> source =
        media::ByteSource::from_descriptor(descriptor, options_.limits);
    if (!source) {
        return std::move(source).error();
    }
    return fingerprint_source(*source, control);
}

Result<FingerprintRun> Fingerprinter::fingerprint_source(const media::ByteSource& source,
                                                         const RunControl& control) const {
    if (Result<void> sane = check_options(options_); !sane) {
        return sane.error();
    }
    Result<FingerprintRun> run = run_stages(source, options_, control);
    if (run) {
        const Fingerprint& made = run->fingerprint;
        base::log(log_, LogLevel::kDebug,
                  "sha256={} decoded_frames={} hashed_frames={} decode_ms={} hash_ms={} partial={}",
                  to_hex(made.media.digest.sha256), made.decode.decoded_frames, made.frames.size(),
                  run->decode_time.ms(), run->hash_time.ms(), made.decode.is_partial);
    }
    return run;
}

Result<ByteDigest> Fingerprinter::digest_file(const std::filesystem::path& path,
                                              const RunControl& control) const {
    Result<media::ByteSource> source = media::ByteSource::open_file(path, options_.limits);
    if (!source) {
        return std::move(source).error();
    }
    return media::digest(*source, control.stop);
}

}  // namespace refrain
