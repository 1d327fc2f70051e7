// The parsers of src/media that are written by hand: they see bytes before any decoder does.
#include <span>

#include "refrain/limits.h"

#include "media/byte_source.h"
#include "media/frame_reader.h"
#include "media/medium_parts.h"
#include "media/picture_header.h"
#include "media/sniff.h"
#include "media/truncation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace refrain;
    const auto source = media::ByteSource::from_bytes(std::as_bytes(std::span(data, size)), {});
    if (!source) {
        return 0;
    }
    static_cast<void>(media::sniff(*source));
    static_cast<void>(media::has_still_beside_animation(*source));
    static_cast<void>(media::read_picture_header(*source));
    static_cast<void>(media::find_truncation(*source));
    static_cast<void>(media::find_jpeg_end(*source));
    static_cast<void>(media::plan_parts(*source, {}));
    return 0;
}
