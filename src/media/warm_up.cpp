#include "media/warm_up.h"

#include <libheif/heif.h>
#include <opencv2/core/utility.hpp>

#include "media/ffmpeg_io.h"

namespace refrain::media {

void warm_up() {
    silence_ffmpeg();
    // Plugins are loaded here, where there are any.
    static_cast<void>(heif_have_decoder_for_format(heif_compression_HEVC));
    // Asks the system for its processors, by files, and keeps the answer.
    static_cast<void>(cv::getNumberOfCPUs());
    static_cast<void>(cv::getNumThreads());
}

}  // namespace refrain::media
