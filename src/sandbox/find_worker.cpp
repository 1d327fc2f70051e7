#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "refrain/sandbox.h"

#include "base/own_folder.h"
#include "refrain_config.h"

namespace refrain {

namespace {

constexpr const char* kName = "refrain-worker";

std::filesystem::path program_folder() {
    std::error_code failed;
    const std::filesystem::path file = std::filesystem::read_symlink("/proc/self/exe", failed);
    return failed ? std::filesystem::path() : file.parent_path();
}

}  // namespace

Result<std::filesystem::path> find_worker() {
    std::vector<std::filesystem::path> places;
    for (const std::filesystem::path& folder : {base::own_folder(), program_folder()}) {
        if (folder.empty()) {
            continue;
        }
        // Installed, with or without a folder of the architecture below lib; beside the decoders in
        // a Python wheel; in a build folder.
        for (const char* way : {REFRAIN_LIBEXEC_FROM_LIB, REFRAIN_LIBEXEC_FROM_BIN, "refrain",
                                "sandbox/worker", "../sandbox/worker"}) {
            places.push_back((folder / way / kName).lexically_normal());
        }
    }
    for (const std::filesystem::path& place : places) {
        if (::access(place.c_str(), X_OK) == 0) {
            return place;
        }
    }
    return Error{ErrorCode::kInternal,
                 std::string("sandbox: no helper program ") + kName + " in " +
                     (places.empty() ? std::string("any known place")
                                     : places.front().parent_path().native()) +
                     " or beside the program"};
}

}  // namespace refrain
