// What `refrain-faiss.so` exports.
#include "index/faiss_module/faiss_table.h"
#include "refrain_config.h"

extern "C" [[gnu::visibility("default")]] const void* refrain_faiss() {
    using namespace refrain::index;  // NOLINT(google-build-using-namespace): the whole of it
    static const faiss_module::Table table{
        REFRAIN_VERSION,
        FaissRecipe::interleaved,
        FaissRecipe::parse,
        make_faiss_segments,
    };
    return &table;
}
