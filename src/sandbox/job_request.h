#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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

/// What a worker is asked: a fingerprint, or the pictures of `part` at `times`.
struct Request {
    ByteDigest digest;
    FingerprintOptions options;
    bool wants_progress = false;
    std::optional<std::uint32_t> part;  ///< PartInfo::index; none: the main part
    std::set<MediaTime> times;          ///< of pictures, at most kMostTimes
};

[[nodiscard]] std::vector<std::byte> encode_request(const Request& request);

/// The inverse. @error kInternal  of another build, torn, or of a part that no medium has
[[nodiscard]] Result<Request> decode_request(std::span<const std::byte> bytes);

/// Bytes of the largest request.
[[nodiscard]] std::size_t most_request_bytes();

}  // namespace refrain::sandbox
