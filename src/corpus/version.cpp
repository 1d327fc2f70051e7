#include "refrain/version.h"

#include <opencv2/core/version.hpp>

#include "index/hash_index.h"
#include "media/frame_reader.h"
#include "refrain_config.h"
#include "store/sqlite/sqlite_catalogue.h"

namespace refrain {

Versions versions() {
    return {REFRAIN_VERSION, media::ffmpeg_version(), CV_VERSION, index::faiss_version(),
            store::sqlite_version()};
}

}  // namespace refrain
