#pragma once

#include <cstddef>
#include <set>
#include <span>
#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/fingerprinter.h"
#include "refrain/media_time.h"
#include "refrain/result.h"

namespace refrain::sandbox {

/// Most pictures that one request may ask for.
inline constexpr std::size_t kMostTimes = 2048;

/// What a worker is asked: a fingerprint, or the pictures at `times`.
struct Request {
    ByteDigest digest;
    FingerprintOptions options;
    bool wants_progress = false;
    std::set<MediaTime> times;  ///< of pictures, at most kMostTimes
};

[[nodiscard]] std::vector<std::byte> encode_request(const Request& request);

/// The inverse. @error kInternal  of another build, or torn
[[nodiscard]] Result<Request> decode_request(std::span<const std::byte> bytes);

/// Bytes of the largest request.
[[nodiscard]] std::size_t most_request_bytes();

}  // namespace refrain::sandbox
