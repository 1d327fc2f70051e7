#include "base/own_folder.h"

#include <system_error>

#include <dlfcn.h>

namespace refrain::base {

std::filesystem::path own_folder() {
    Dl_info info{};
    const auto* here = reinterpret_cast<const void*>(&own_folder);
    if (::dladdr(here, &info) == 0 || info.dli_fname == nullptr) {
        return {};
    }
    std::error_code failed;
    const std::filesystem::path file = std::filesystem::canonical(info.dli_fname, failed);
    return failed ? std::filesystem::path() : file.parent_path();
}

}  // namespace refrain::base
