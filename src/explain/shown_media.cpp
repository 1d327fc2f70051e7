#include "explain/shown_media.h"

#include <utility>

#include "media/byte_source.h"
#include "media/digest.h"
#include "media/frame_reader.h"
#include "media/shown_pictures.h"
#include "sandbox/job.h"

namespace refrain::explain {

namespace {

static_assert(ShownMedia::kSide == sandbox::kMostPictureSide);

std::string problem_of(const Error& error) {
    return std::string(error_code_name(error.code)) + ": " + error.message;
}

using Take = std::function<void(MediaTime, frame::RgbImage)>;

/// @return why not all pictures could be read; empty: they were
std::string read_in_sandbox(const media::ByteSource& source,
                            const ByteDigest& digest,
                            const ShownTimes& wanted,
                            const ExplainOptions& options,
                            const Take& take) {
    sandbox::Request request;
    request.digest = digest;
    request.part = wanted.part;
    request.options.limits = options.limits;
    request.options.decoder_threads = options.decoder_threads;
    const std::set<MediaTime>& times = wanted.times;
    std::string problem;
    // A request has room for so many times; each reads the medium from its beginning.
    for (auto begin = times.begin(); begin != times.end() && problem.empty();) {
        request.times.clear();
        while (begin != times.end() && request.times.size() < sandbox::kMostTimes) {
            request.times.insert(*begin++);
        }
        Result<std::string> read = sandbox::run_pictures(
            options.sandbox->pool(), source.descriptor(), request, options.stop, take);
        problem = read ? std::move(read).value() : problem_of(read.error());
    }
    return problem;
}

}  // namespace

ShownMedia read_pictures(const std::filesystem::path& path,
                         const Sha256& sha256,
                         const ShownTimes& wanted,
                         const ExplainOptions& options) {
    ShownMedia shown;
    const Result<media::ByteSource> source = media::ByteSource::open_file(path, options.limits);
    if (!source) {
        shown.problem = problem_of(source.error());
        return shown;
    }
    const Result<ByteDigest> digest = media::digest(*source, options.stop);
    if (!digest || digest->sha256 != sha256) {
        shown.problem = digest ? "the file has other bytes now" : problem_of(digest.error());
        return shown;
    }
    const Take take = [&shown](MediaTime time, frame::RgbImage picture) {
        shown.pictures.emplace(time, std::move(picture));
    };
    if (options.sandbox) {
        shown.problem = read_in_sandbox(*source, *digest, wanted, options, take);
        return shown;
    }
    media::ReaderOptions reading;
    reading.limits = options.limits;
    reading.decoder_threads = options.decoder_threads;
    reading.stop = options.stop;
    shown.problem = media::read_shown_pictures(*source, wanted.part, wanted.times,
                                               ShownMedia::kSide, reading, take);
    return shown;
}

}  // namespace refrain::explain
