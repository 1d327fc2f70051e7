#include "fingerprint/part_run.h"

#include <optional>
#include <utility>

#include "fingerprint/frame_belt.h"
#include "fingerprint/frame_walk.h"
#include "fingerprint/interval_walk.h"
#include "fingerprint/stopwatch.h"
#include "hash/luma_hash.h"

namespace refrain::fingerprint {

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
Result<LumaFrame> luma_frame(media::FrameReader& reader, const frame::FrameHeader& header) {
    if (const std::optional<frame::LumaView> luma = reader.luma()) {
        return LumaFrame{header, *luma, nullptr, std::nullopt};
    }
    const Result<frame::RgbView> picture = reader.picture();
    if (!picture) {
        return picture.error();
    }
    auto plane = std::make_shared<hash::LumaConverter>();
    const frame::LumaView luma = plane->convert(*picture);
    return LumaFrame{header, luma, std::move(plane), *picture};
}

/// Calls `take` for each frame that the reader stands at, to the end of the medium.
template <typename Take>
Result<void> each_frame(media::FrameReader& reader,
                        const RunControl& control,
                        FingerprintRun& run,
                        const Take& take) {
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
        if (Result<void> taken = take(**next); !taken) {
            return taken;
        }
        if (control.progress) {
            control.progress({(**next).time, reader.info().duration});
        }
    }
}

/// Hashes by luma, and by RGB too: in turns with the decoder, whose frame becomes a picture only
/// while the reader stands at it.
Result<void> read_luma_and_exact(media::FrameReader& reader,
                                 const FingerprintOptions& options,
                                 const RunControl& control,
                                 std::size_t max_query_points,
                                 FingerprintRun& run) {
    FrameWalk walk(reader.info(), options, run, max_query_points);
    return each_frame(reader, control, run, [&](const frame::FrameHeader& header) {
        Stopwatch watch;
        const Result<LumaFrame> frame = luma_frame(reader, header);
        run.decode_time = run.decode_time + watch.lap();
        if (!frame) {
            return Result<void>(frame.error());
        }
        return walk.take(header, frame->luma, [&] {
            return frame->picture ? Result<frame::RgbView>(*frame->picture) : reader.picture();
        });
    });
}

/// Hashes by luma: with several threads beside the decoder, else in turns with it. Both see the
/// same frames in the same order.
Result<void> read_luma_frames(media::FrameReader& reader,
                              const FingerprintOptions& options,
                              const RunControl& control,
                              std::size_t max_query_points,
                              FingerprintRun& run) {
    FrameWalk walk(reader.info(), options, run, max_query_points);
    std::optional<FrameBelt> belt;
    if (options.decoder_threads > 1) {
        belt.emplace(kWaitingFrames, [&walk](const auto& header, const auto& luma) {
            return walk.take(header, luma);
        });
    }
    Result<void> read = each_frame(reader, control, run, [&](const frame::FrameHeader& header) {
        Stopwatch watch;
        Result<LumaFrame> frame = luma_frame(reader, header);
        run.decode_time = run.decode_time + watch.lap();
        if (!frame) {
            return Result<void>(frame.error());
        }
        if (!belt) {
            return walk.take(header, frame->luma);
        }
        if (!frame->samples && !(frame->samples = reader.hold_luma())) {
            return Result<void>(Error{ErrorCode::kInternal, "out of memory for a frame"});
        }
        return belt->push(std::move(*frame));
    });
    return read && belt ? belt->finish() : read;
}

Result<void> read_frames(media::FrameReader& reader,
                         const FingerprintOptions& options,
                         const RunControl& control,
                         std::size_t max_query_points,
                         FingerprintRun& run) {
    if (options.sampling == Sampling::kQuery && options.exact_codes) {
        return read_luma_and_exact(reader, options, control, max_query_points, run);
    }
    if (options.sampling != Sampling::kInterval) {
        return read_luma_frames(reader, options, control, max_query_points, run);
    }
    IntervalWalk walk(reader, options, run);
    return each_frame(reader, control, run,
                      [&walk](const frame::FrameHeader& header) { return walk.take(header); });
}

MediaInfo describe(const media::FrameReader& reader) {
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
    media.container = stream.container;
    media.codec = stream.codec;
    return media;
}

PartOutcome outcome_of(const media::FrameReader& reader, Result<FingerprintRun> run) {
    return {.run = std::move(run),
            .decode = reader.report(),
            .shows_ground = reader.shows_ground(),
            .has_left_out_frames = reader.has_left_out_frames(),
            .has_implausible_clock = reader.has_implausible_clock()};
}

}  // namespace

media::ReaderOptions reader_options(const FingerprintOptions& options,
                                    const RunControl& control,
                                    media::Clock clock) {
    return {.limits = options.limits,
            .decoder_threads = options.decoder_threads,
            .stop = control.stop,
            .decoding = decoding_of(options),
            .clock = clock};
}

PartOutcome run_part(media::FrameReader& reader,
                     const FingerprintOptions& options,
                     const RunControl& control,
                     std::size_t max_query_points) {
    FingerprintRun run;
    if (Result<void> done = read_frames(reader, options, control, max_query_points, run); !done) {
        return outcome_of(reader, done.error());
    }
    const DecodeReport& report = reader.report();
    run.fingerprint.decode = report;
    if (report.decoded_frames == 0 && report.is_partial) {
        return outcome_of(reader, Error{ErrorCode::kCorrupt, report.damage});
    }
    run.fingerprint.media = describe(reader);
    if (run.fingerprint.media.kind == MediaKind::kImage) {
        run.fingerprint.shots.clear();
    }
    return outcome_of(reader, std::move(run));
}

}  // namespace refrain::fingerprint
