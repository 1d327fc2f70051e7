// Stands in librefrain.so for the functions of decoders/table.h: each loads `refrain-decoders.so`
// when it is first called and passes the call on. Tests, benchmarks and the worker are linked with
// the functions themselves.
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <dlfcn.h>

#include "base/own_folder.h"
#include "decoders/table.h"
#include "refrain_config.h"

namespace refrain {

namespace {

constexpr const char* kModule = "refrain-decoders.so";

std::string loader_message() {
    // Since glibc 2.34 it is kept for each thread. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* message = ::dlerror();
    return message == nullptr ? std::string("no reason given") : std::string(message);
}

Result<const decoders::Table*> load_from(const std::filesystem::path& file) {
    // All symbols at once: what is missing shows here and not at a call. Never unloaded.
    void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
        return Error{ErrorCode::kInternal, "cannot load the decoders: " + loader_message()};
    }
    using Give = const decoders::Table* (*)();
    const auto give = reinterpret_cast<Give>(::dlsym(module, decoders::kTableSymbol));
    if (give == nullptr) {
        return Error{ErrorCode::kInternal, "cannot use the decoders: " + loader_message()};
    }
    const decoders::Table* table = give();
    if (std::string(table->version) != REFRAIN_VERSION) {
        return Error{ErrorCode::kInternal, "the decoders are of another version: " + file.native()};
    }
    return table;
}

Result<const decoders::Table*> load() {
    const std::filesystem::path folder = base::own_folder();
    if (folder.empty()) {
        return Error{ErrorCode::kInternal, "cannot load the decoders: unknown folder"};
    }
    // Installed below the library; in a build folder beside it.
    std::error_code failed;
    const std::filesystem::path installed = folder / "refrain" / kModule;
    return load_from(std::filesystem::exists(installed, failed) ? installed : folder / kModule);
}

const Result<const decoders::Table*>& table() {
    static const Result<const decoders::Table*> loaded = load();
    return loaded;
}

}  // namespace

namespace fingerprint {

Result<FingerprintRun> fingerprint_bytes(const media::ByteSource& source,
                                         const ByteDigest& digest,
                                         const FingerprintOptions& options,
                                         const RunControl& control) {
    return table() ? (*table())->fingerprint_bytes(source, digest, options, control)
                   : Result<FingerprintRun>(table().error());
}

}  // namespace fingerprint

namespace media {

std::string read_shown_pictures(const ByteSource& source,
                                std::optional<std::uint32_t> part,
                                const std::set<MediaTime>& times,
                                int side,
                                const ReaderOptions& options,
                                const std::function<void(MediaTime, frame::RgbImage)>& take) {
    return table() ? (*table())->read_shown_pictures(source, part, times, side, options, take)
                   : std::string(error_code_name(table().error().code)) + ": " +
                         table().error().message;
}

Result<std::vector<std::byte>> encode_png(const frame::RgbView& picture) {
    return table() ? (*table())->encode_png(picture)
                   : Result<std::vector<std::byte>>(table().error());
}

}  // namespace media

namespace explain {

Result<frame::RgbImage> draw(const Sheet& sheet, int side) {
    return table() ? (*table())->draw(sheet, side) : Result<frame::RgbImage>(table().error());
}

}  // namespace explain

}  // namespace refrain
