#pragma once

#include <stop_token>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "media/byte_source.h"

namespace refrain::media {

/// SHA-256 and MD5 of all bytes, in one pass. @error kUnreadable, kCancelled, kInternal
[[nodiscard]] Result<ByteDigest> digest(const ByteSource& source, const std::stop_token& stop);

}  // namespace refrain::media
