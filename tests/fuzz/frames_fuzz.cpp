// Whole media through the decoders and our glue around them, with small limits so that a run is
// quick.
#include <cstdlib>
#include <span>

#include "refrain/limits.h"

#include "media/byte_source.h"
#include "media/frame_reader.h"
#include "media/medium_parts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace refrain;
    Limits limits;
    limits.max_pixels = 1'000'000;
    limits.max_frames = 20;
    limits.max_memory_bytes = 64U << 20U;
    limits.max_wall_time = MediaTime::from_seconds(5);
    const auto source = media::ByteSource::from_bytes(std::as_bytes(std::span(data, size)), limits);
    if (!source) {
        return 0;
    }
    media::ReaderOptions options;
    options.limits = limits;
    const auto plan = media::plan_parts(*source, options);
    if (!plan) {
        return 0;
    }
    constexpr std::size_t kMostParts = 3;
    for (std::size_t i = 0; i < plan->parts.size() && i < kMostParts; ++i) {
        const auto reader = media::open_part(*source, plan->parts[i], options);
        if (!reader) {
            continue;
        }
        MediaTime last;
        for (;;) {
            const auto header = (*reader)->next();
            if (!header || !header->has_value()) {
                break;
            }
            if ((*header)->time < last) {
                std::abort();  // times never go backwards
            }
            last = (*header)->time;
            static_cast<void>((*reader)->luma());
            static_cast<void>((*reader)->picture());
        }
    }
    return 0;
}
