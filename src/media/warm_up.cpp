#include "media/warm_up.h"

#include <libheif/heif.h>

#include "media/ffmpeg_io.h"

namespace refrain::media {

void warm_up() {
    silence_ffmpeg();
    // Plugins are loaded here, where there are any.
    static_cast<void>(heif_have_decoder_for_format(heif_compression_HEVC));
}

}  // namespace refrain::media
