#include "refrain/fingerprinter.h"

#include <memory>
#include <utility>

#include "refrain/sandbox.h"

#include "base/log.h"
#include "fingerprint/fingerprint_bytes.h"
#include "fingerprint/frame_belt.h"
#include "fingerprint/frame_walk.h"
#include "fingerprint/interval_walk.h"
#include "fingerprint/stopwatch.h"
#include "hash/luma_hash.h"
#include "media/byte_source.h"
#include "media/digest.h"
#include "media/frame_reader.h"

namespace refrain {

namespace {

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

/// Frames that wait between decoder and hashing: one is enough to keep both busy on average, more
/// even out that some frames take longer than others.
constexpr std::size_t kWaitingFrames = 4;

/// The luma plane of the frame that the reader stands at, made if it has none. Valid until the
/// reader goes on, and longer with `samples`.
Result<fingerprint::LumaFrame> luma_frame(media::FrameReader& reader,
                                          const frame::FrameHeader& header) {
    if (const std::optional<frame::LumaView> luma = reader.luma()) {
        return fingerprint::LumaFrame{header, *luma, nullptr};
    }
    const Result<frame::RgbView> picture = reader.picture();
    if (!picture) {
        return picture.error();
    }
    auto plane = std::make_shared<hash::LumaConverter>();
    const frame::LumaView luma = plane->convert(*picture);
    return fingerprint::LumaFrame{header, luma, std::move(plane)};
}

/// Calls `take` for each frame that the reader stands at, to the end of the medium.
template <typename Take>
Result<void> each_frame(media::FrameReader& reader,
                        const RunControl& control,
                        FingerprintRun& run,
                        const Take& take) {
    while (true) {
        fingerprint::Stopwatch watch;
        Result<std::optional<frame::FrameHeader>> next = reader.next();
        run.decode_time = run.decode_time + watch.lap();
        if (!next) {
            return next.error();
        }
        if (!next->has_value()) {
            return {};
        }
        if (Result<void> taken = take(**next); !taken) {
            return taken;
        }
        if (control.progress) {
            control.progress({(**next).time, reader.info().duration});
        }
    }
}

/// Hashes by luma: with several threads beside the decoder, else in turns with it. Both see the
/// same frames in the same order.
Result<void> read_luma_frames(media::FrameReader& reader,
                              const FingerprintOptions& options,
                              const RunControl& control,
                              FingerprintRun& run) {
    fingerprint::FrameWalk walk(reader.info(), options, run);
    std::optional<fingerprint::FrameBelt> belt;
    if (options.decoder_threads > 1) {
        belt.emplace(kWaitingFrames,
                     [&walk](const auto& header, const auto& luma) { walk.take(header, luma); });
    }
    Result<void> read = each_frame(reader, control, run, [&](const frame::FrameHeader& header) {
        fingerprint::Stopwatch watch;
        Result<fingerprint::LumaFrame> frame = luma_frame(reader, header);
        run.decode_time = run.decode_time + watch.lap();
        if (!frame) {
            return Result<void>(frame.error());
        }
        if (!belt) {
            walk.take(header, frame->luma);
            return Result<void>();
        }
        if (!frame->samples && !(frame->samples = reader.hold_luma())) {
            return Result<void>(Error{ErrorCode::kInternal, "out of memory for a frame"});
        }
        belt->push(std::move(*frame));
        return Result<void>();
    });
    if (read && belt) {
        belt->finish();
    }
    return read;
}

Result<void> read_frames(media::FrameReader& reader,
                         const FingerprintOptions& options,
                         const RunControl& control,
                         FingerprintRun& run) {
    if (options.sampling != Sampling::kInterval) {
        return read_luma_frames(reader, options, control, run);
    }
    fingerprint::IntervalWalk walk(reader, options, run);
    return each_frame(reader, control, run,
                      [&walk](const frame::FrameHeader& header) { return walk.take(header); });
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

/// Decodes and hashes a medium once, from its beginning to its end.
Result<FingerprintRun> run_stages(const media::ByteSource& source,
                                  const ByteDigest& digest,
                                  const FingerprintOptions& options,
                                  const RunControl& control) {
    FingerprintRun run;
    fingerprint::Stopwatch watch;
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
    run.fingerprint.decode = reader.report();
    if (run.fingerprint.decode.decoded_frames == 0) {
        const std::string& damage = run.fingerprint.decode.damage;
        return Error{ErrorCode::kCorrupt, damage.empty() ? "no picture could be decoded" : damage};
    }
    run.fingerprint.media = describe(reader, digest);
    if (run.fingerprint.media.kind == MediaKind::kImage) {
        run.fingerprint.shots.clear();
    }
    return run;
}

/// What several decoder threads make of damage depends on their timing.
bool may_depend_on_threads(const Result<FingerprintRun>& run) {
    if (!run) {
        const ErrorCode code = run.error().code;
        return code == ErrorCode::kCorrupt || code == ErrorCode::kInternal;
    }
    const DecodeReport& decode = run->fingerprint.decode;
    return decode.is_partial || decode.skipped_packets > 0;
}

}  // namespace

Result<FingerprintRun> fingerprint::fingerprint_bytes(const media::ByteSource& source,
                                                      const ByteDigest& digest,
                                                      const FingerprintOptions& options,
                                                      const RunControl& control) {
    Result<FingerprintRun> run = run_stages(source, digest, options, control);
    if (options.decoder_threads > 1 && may_depend_on_threads(run)) {
        FingerprintOptions one_thread = options;
        one_thread.decoder_threads = 1;
        run = run_stages(source, digest, one_thread, control);
    }
    return run;
}

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
    fingerprint::Stopwatch watch;
    const Result<ByteDigest> digest = media::digest(source, control.stop);
    const MediaTime digest_time = watch.lap();
    if (!digest) {
        return digest.error();
    }
    Result<FingerprintRun> run =
        options_.sandbox
            ? options_.sandbox->fingerprint(source.descriptor(), *digest, options_, control)
            : fingerprint::fingerprint_bytes(source, *digest, options_, control);
    if (!run) {
        return run;
    }
    if (Result<void> same = source.check_unchanged(); !same) {
        return same.error();
    }
    run->decode_time = run->decode_time + digest_time;
    const Fingerprint& made = run->fingerprint;
    base::log(log_, LogLevel::kDebug,
              "sha256={} decoded_frames={} hashed_frames={} decode_ms={} hash_ms={} partial={}",
              to_hex(made.media.digest.sha256), made.decode.decoded_frames, made.frames.size(),
              run->decode_time.ms(), run->hash_time.ms(), made.decode.is_partial);
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
