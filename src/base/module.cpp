#include "base/module.h"

#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include <dlfcn.h>

#include "base/own_folder.h"
#include "refrain_config.h"

namespace refrain::base {

namespace {

Error failure(std::string_view verb, std::string_view content, const std::string& why) {
    return {ErrorCode::kInternal, std::string(verb) + " " + std::string(content) + ": " + why};
}

std::string loader_message() {
    // Since glibc 2.34 it is kept for each thread. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* message = ::dlerror();
    return message == nullptr ? std::string("no reason given") : std::string(message);
}

}  // namespace

Result<const void*> load_module(const char* file, const char* give, std::string_view content) {
    const std::filesystem::path folder = own_folder();
    if (folder.empty()) {
        return failure("cannot load", content, "unknown folder");
    }
    std::error_code failed;
    const std::filesystem::path installed = folder / "refrain" / file;
    const std::filesystem::path found =
        std::filesystem::exists(installed, failed) ? installed : folder / file;
    // All symbols at once: what is missing shows here and not at a call. Never unloaded.
    void* module = ::dlopen(found.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
        return failure("cannot load", content, loader_message());
    }
    using Give = const void* (*)();
    const auto function = reinterpret_cast<Give>(::dlsym(module, give));
    if (function == nullptr) {
        return failure("cannot use", content, loader_message());
    }
    const void* table = function();
    if (std::strcmp(*static_cast<const char* const*>(table), REFRAIN_VERSION) != 0) {
        return failure("cannot use", content, "of another version: " + found.native());
    }
    return table;
}

}  // namespace refrain::base
