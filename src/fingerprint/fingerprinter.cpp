#include "refrain/fingerprinter.h"

#include <chrono>
#include <memory>
#include <utility>

#include "base/log.h"
#include "hash/luma_hash.h"
#include "hash/pdq.h"
#include "keyframe/change_sampler.h"
#include "keyframe/interval_sampler.h"
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

media::Decoding decoding_of(const FingerprintOptions& options) {
    if (options.sampling != Sampling::kQuery) {
        return media::Decoding::kEveryFrame;
    }
    switch (options.effort) {
        case Effort::kFast:
            return media::Decoding::kKeyframes;
        case Effort::kNormal:
            return media::Decoding::kReferenceFrames;
        case Effort::kThorough:
            return media::Decoding::kEveryFrame;
    }
    return media::Decoding::kEveryFrame;
}

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
                .max_gap = MediaTime::from_ms(250)};
    }
    return {.min_change_bits = 8,
            .min_gap = MediaTime::from_ms(200),
            .max_gap = MediaTime::from_ms(500)};
}

/// Walks one medium: decides which frames are hashed, hashes them, keeps them and the times.
class Walk {
  public:
    Walk(media::FrameReader& reader, const FingerprintOptions& options, FingerprintRun& run)
        : reader_(reader),
          options_(options),
          run_(run),
          by_interval_(options.interval),
          by_change_(change_rule_of(options)) {}

    /// Takes the frame that the reader stands at.
    Result<void> take(const frame::FrameHeader& header) {
        if (options_.sampling == Sampling::kInterval) {
            return by_interval_.wants(header) ? keep_exact(header) : Result<void>();
        }
        // More frames may follow and make it a video, but a still picture has one frame alone.
        if (reader_.info().is_still_container && header.index == 0) {
            return keep_exact(header);
        }
        return keep_if_changed(header);
    }

  private:
    Result<void> keep_exact(const frame::FrameHeader& header) {
        Stopwatch watch;
        Result<frame::RgbView> picture = reader_.picture();
        run_.decode_time = run_.decode_time + watch.lap();
        if (!picture) {
            return picture.error();
        }
        const bool wants_views = options_.views == Views::kDihedral;
        keep(header, wants_views ? hash::pdq_views(*picture) : upright(hash::pdq_hash(*picture)));
        run_.hash_time = run_.hash_time + watch.lap();
        return {};
    }

    Result<void> keep_if_changed(const frame::FrameHeader& header) {
        Stopwatch watch;
        std::optional<frame::LumaView> luma = reader_.luma();
        if (!luma) {
            Result<frame::RgbView> picture = reader_.picture();
            if (!picture) {
                return picture.error();
            }
            luma = luma_of_.convert(*picture);
        }
        run_.decode_time = run_.decode_time + watch.lap();
        if (const auto small = hash::luma_picture(*luma)) {
            const hash::PdqHash hashed = hash::hash_of(*small);
            const auto choice = by_change_.choose(header.time, hashed.hash, hashed.quality);
            if (choice.is_kept) {
                const bool wants_views = options_.views == Views::kDihedral;
                keep(header, wants_views ? hash::views_of(*small) : *upright(hashed));
            }
            if (choice.begins_shot && options_.sampling == Sampling::kKnown) {
                run_.fingerprint.shots.push_back(header.time);
            }
        }
        run_.hash_time = run_.hash_time + watch.lap();
        return {};
    }

    /// A picture too small for PDQ leaves no trace.
    void keep(const frame::FrameHeader& header, const std::optional<hash::PdqViews>& hashed) {
        if (!hashed) {
            return;
        }
        run_.fingerprint.frames.push_back(
            {header.time, hashed->views[0], hashed->quality, header.is_keyframe});
        if (options_.views == Views::kDihedral) {
            run_.fingerprint.views.push_back(hashed->views);
        }
    }

    static std::optional<hash::PdqViews> upright(const std::optional<hash::PdqHash>& hashed) {
        if (!hashed) {
            return std::nullopt;
        }
        hash::PdqViews views;
        views.views[0] = hashed->hash;
        views.quality = hashed->quality;
        return views;
    }

    media::FrameReader& reader_;
    const FingerprintOptions& options_;
    FingerprintRun& run_;
    keyframe::IntervalSampler by_interval_;
    keyframe::ChangeSampler by_change_;
    hash::LumaConverter luma_of_;
};

Result<void> read_frames(media::FrameReader& reader,
                         const FingerprintOptions& options,
                         const RunControl& control,
                         FingerprintRun& run) {
    Walk walk(reader, options, run);
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
        if (Result<void> taken = walk.take(**next); !taken) {
            return taken;
        }
        if (control.progress) {
            control.progress({(**next).time, reader.info().duration});
        }
    }
}

MediaInfo describe(const media::FrameReader& reader, const ByteDigest& digest) {
    const media::StreamInfo& stream = reader.info();
    const DecodeReport& decode = reader.report();
    MediaInfo media;
    // One frame of a damaged video is still a piece of a video.
    const bool is_lone_picture = decode.decoded_frames == 1 && !reader.has_left_out_frames() &&
                                 (stream.is_still_container || !decode.is_partial);
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
        media::open_frames(source, {.limits = options.limits,
                                    .decoder_threads = options.decoder_threads,
                                    .stop = control.stop,
                                    .decoding = decoding_of(options)});
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
    run.fingerprint.media = describe(reader, *digest);
    if (run.fingerprint.media.kind == MediaKind::kImage) {
        run.fingerprint.shots.clear();
    }
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
