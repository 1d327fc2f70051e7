#pragma once

#include <cstddef>
#include <span>
#include <stop_token>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "media/byte_source.h"

namespace refrain::media {

/// SHA-256, SHA-1 and MD5 of all bytes, in one pass. @error kUnreadable, kCancelled, kInternal
[[nodiscard]] Result<ByteDigest> digest(const ByteSource& source, const std::stop_token& stop);

/// Of bytes in memory. Aborts where OpenSSL refuses, as it does without memory.
[[nodiscard]] Sha256 sha256_of(std::span<const std::byte> bytes);

}  // namespace refrain::media
