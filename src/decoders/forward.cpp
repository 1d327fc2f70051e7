// Stands in librefrain.so for the functions of decoders/table.h: each loads `refrain-decoders.so`
// when it is first called and passes the call on. Tests, benchmarks and the worker are linked with
// the functions themselves.
#include <string>

#include "base/module.h"
#include "decoders/table.h"

namespace refrain {

namespace {

Result<const decoders::Table*> load() {
    const Result<const void*> table =
        base::load_module("refrain-decoders.so", decoders::kTableSymbol, "the decoders");
    return table ? Result<const decoders::Table*>(static_cast<const decoders::Table*>(*table))
                 : table.error();
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
