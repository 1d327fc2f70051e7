#pragma once

#include "refrain/fingerprint.h"
#include "refrain/result.h"

namespace refrain::fingerprint {

/// What stands for the SHA-256 of a medium of which only the codes are known, or only digests: of
/// these alone, so that no file has it, and the same list gives the same.
///
/// Cost: one SHA-256 of 40 bytes a frame. Thread safety: pure function.
[[nodiscard]] Sha256 identity_of(const Fingerprint& fingerprint);

}  // namespace refrain::fingerprint
