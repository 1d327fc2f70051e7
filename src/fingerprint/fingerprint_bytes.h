#pragma once

#include "refrain/fingerprinter.h"
#include "refrain/result.h"

#include "media/byte_source.h"

namespace refrain::fingerprint {

/// Decodes and hashes all parts of a medium in this process.
///
/// @param digest  of the source's bytes, which are not read for it again
/// @error  as `Fingerprinter::fingerprint_file`
[[nodiscard]] Result<FingerprintRun> fingerprint_bytes(const media::ByteSource& source,
                                                       const ByteDigest& digest,
                                                       const FingerprintOptions& options,
                                                       const RunControl& control);

}  // namespace refrain::fingerprint
