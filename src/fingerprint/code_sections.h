#pragma once

#include <cstddef>
#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "fingerprint/byte_io.h"

namespace refrain::fingerprint {

/// The body of the section that says how the hashes of the frames were made; empty for area means.
[[nodiscard]] ByteWriter codes_section(CodeKind codes);

/// And of that of exact codes of a query; empty if there are none.
[[nodiscard]] ByteWriter exact_section(const std::vector<ExactCode>& exact);

/// And of that of the SHA-1 of the bytes; empty if it is not known.
[[nodiscard]] ByteWriter sha1_section(const Sha1& sha1);

/// And of that of the digests by which alone a medium is known; empty if there are none.
[[nodiscard]] ByteWriter digests_section(const std::vector<FileDigest>& digests);

/// The inverses; the bytes are untrusted. Memory: that of the bytes. @error kCorrupt
///
/// @param frames  that the codes are of
[[nodiscard]] Result<void> read_codes(ByteReader in, CodeKind& codes);
[[nodiscard]] Result<void> read_exact(ByteReader in,
                                      std::size_t frames,
                                      std::vector<ExactCode>& exact);
[[nodiscard]] Result<void> read_sha1(ByteReader in, Sha1& sha1);
[[nodiscard]] Result<void> read_digests(ByteReader in, std::vector<FileDigest>& digests);

/// What does not fit of the kind of codes, the exact codes and the digests; empty if all does.
[[nodiscard]] std::string misfit_of_codes(const Fingerprint& fingerprint);

}  // namespace refrain::fingerprint
