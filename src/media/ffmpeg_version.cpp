#include <string>

#include <dlfcn.h>
#include <libavutil/macros.h>
#include <libavutil/version.h>

#include "media/frame_reader.h"

namespace refrain::media {

/// Asks FFmpeg's smallest library by name, so that the program, which decodes in workers, says its
/// version without loading all decoders.
std::string ffmpeg_version() {
    void* library =
        ::dlopen("libavutil.so." AV_STRINGIFY(LIBAVUTIL_VERSION_MAJOR), RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr) {
        return "not found";
    }
    using Ask = const char* (*)();
    const auto ask = reinterpret_cast<Ask>(::dlsym(library, "av_version_info"));
    std::string version = ask == nullptr ? "unknown" : ask();
    ::dlclose(library);
    return version;
}

}  // namespace refrain::media
