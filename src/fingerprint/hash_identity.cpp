#include "fingerprint/hash_identity.h"

#include <span>
#include <string_view>

#include "fingerprint/byte_io.h"
#include "fingerprint/code_sections.h"
#include "media/digest.h"

namespace refrain::fingerprint {

namespace {

/// Stands before what is digested, so that no other use of SHA-256 gives the same. Frozen: records
/// have it.
constexpr std::string_view kTag = "refrain hash-only 1\n";
constexpr std::string_view kDigestTag = "refrain digest-only 1\n";

}  // namespace

Sha256 identity_of(const Fingerprint& fingerprint) {
    ByteWriter bytes;
    if (!fingerprint.digests.empty()) {
        bytes.put_bytes(std::as_bytes(std::span(kDigestTag)));
        bytes.put_bytes(digests_section(fingerprint.digests).bytes());
        return media::sha256_of(bytes.bytes());
    }
    bytes.put_bytes(std::as_bytes(std::span(kTag)));
    bytes.put_fixed(static_cast<std::uint64_t>(fingerprint.media.kind), 1);
    for (const FrameHash& frame : fingerprint.frames) {
        bytes.put_fixed(static_cast<std::uint64_t>(frame.time.us), 8);
        put_hash(bytes, frame.hash);
    }
    return media::sha256_of(bytes.bytes());
}

}  // namespace refrain::fingerprint
