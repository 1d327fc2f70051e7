#include "refrain/fingerprinter.h"

#include <utility>

#include "refrain/sandbox.h"

#include "base/log_line.h"
#include "fingerprint/fingerprint_bytes.h"
#include "fingerprint/stopwatch.h"
#include "media/byte_source.h"
#include "media/digest.h"

namespace refrain {

namespace {

Result<void> check_options(const FingerprintOptions& options) {
    if (options.interval.us <= 0) {
        return Error{ErrorCode::kInvalidArgument, "the sampling interval must be positive"};
    }
    if (options.decoder_threads < 1) {
        return Error{ErrorCode::kInvalidArgument, "a decoder needs at least one thread"};
    }
    return {};
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
              "sha256={} parts={} decoded_frames={} hashed_frames={} decode_ms={} hash_ms={} "
              "partial={}",
              to_hex(made.media.digest.sha256), 1 + made.more_parts.size(),
              made.decode.decoded_frames, made.frames.size(), run->decode_time.ms(),
              run->hash_time.ms(), made.decode.is_partial);
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

Result<ByteDigest> Fingerprinter::digest_descriptor(int descriptor,
                                                    const RunControl& control) const {
    Result<media::ByteSource> source =
        media::ByteSource::from_descriptor(descriptor, options_.limits);
    if (!source) {
        return std::move(source).error();
    }
    return media::digest(*source, control.stop);
}

}  // namespace refrain
