#include <string>

#include <faiss/Index.h>

#include "index/hash_index.h"

namespace refrain::index {

/// The numbers of the headers: FAISS is linked statically, and into the module alone.
std::string faiss_version() {
    return std::to_string(FAISS_VERSION_MAJOR) + "." + std::to_string(FAISS_VERSION_MINOR) + "." +
           std::to_string(FAISS_VERSION_PATCH);
}

}  // namespace refrain::index
