#pragma once

#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "fingerprint/byte_io.h"

namespace refrain::fingerprint {

/// The body of the section of local features, docs/fingerprint-format.md.
[[nodiscard]] ByteWriter local_section(const std::vector<LocalFrame>& frames);

/// The inverse; the bytes are untrusted. Memory: a small multiple of them. @error kCorrupt
[[nodiscard]] Result<void> read_local(ByteReader in, std::vector<LocalFrame>& frames);

}  // namespace refrain::fingerprint
