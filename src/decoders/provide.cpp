// What `refrain-decoders.so` exports.
#include "decoders/table.h"
#include "refrain_config.h"

extern "C" [[gnu::visibility("default")]] const void* refrain_decoders() {
    using namespace refrain;  // NOLINT(google-build-using-namespace): the whole of the function
    static const decoders::Table table{
        REFRAIN_VERSION,
        fingerprint::fingerprint_bytes,
        media::read_shown_pictures,
        media::encode_png,
        explain::draw,
    };
    return &table;
}
