#pragma once

#include "refrain/fingerprint.h"
#include "refrain/fingerprinter.h"

#include "hash/pdq_hash.h"

namespace refrain::fingerprint {

/// The views of a picture that was hashed upright alone.
[[nodiscard]] hash::PdqViews upright(const hash::PdqHash& hashed);

/// Writes a frame down; `frame` says all but its hash and quality.
void keep_frame(const FrameHash& frame,
                const hash::PdqViews& hashed,
                Views views,
                Fingerprint& fingerprint);

}  // namespace refrain::fingerprint
