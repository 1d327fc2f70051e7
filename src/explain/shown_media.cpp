#include "explain/shown_media.h"

#include <memory>
#include <optional>
#include <utility>

#include "explain/drawing.h"
#include "media/byte_source.h"
#include "media/digest.h"
#include "media/frame_reader.h"

namespace refrain::explain {

namespace {

std::string problem_of(const Error& error) {
    return std::string(error_code_name(error.code)) + ": " + error.message;
}

/// @return why not all pictures could be read; empty: they were
std::string read_in_order(media::FrameReader& reader,
                          const std::set<MediaTime>& times,
                          ShownMedia& shown) {
    auto wanted = times.begin();
    while (wanted != times.end()) {
        const Result<std::optional<frame::FrameHeader>> header = reader.next();
        if (!header) {
            return problem_of(header.error());
        }
        if (!header->has_value()) {
            return "nothing is shown at " + std::to_string(wanted->ms()) + " ms";
        }
        if ((*header)->time < *wanted) {
            continue;
        }
        const Result<frame::RgbView> picture = reader.picture();
        if (!picture) {
            return problem_of(picture.error());
        }
        const Result<frame::RgbImage> fitted = fit(*picture, ShownMedia::kSide);
        if (!fitted) {
            return problem_of(fitted.error());
        }
        for (; wanted != times.end() && *wanted <= (*header)->time; ++wanted) {
            shown.pictures.emplace(*wanted, *fitted);
        }
    }
    return {};
}

}  // namespace

ShownMedia read_pictures(const std::filesystem::path& path,
                         const Sha256& sha256,
                         const std::set<MediaTime>& times,
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
    media::ReaderOptions reading;
    reading.limits = options.limits;
    reading.decoder_threads = options.decoder_threads;
    reading.stop = options.stop;
    const Result<std::unique_ptr<media::FrameReader>> reader = media::open_frames(*source, reading);
    shown.problem = reader ? read_in_order(**reader, times, shown) : problem_of(reader.error());
    return shown;
}

}  // namespace refrain::explain
