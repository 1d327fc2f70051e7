#include "sandbox/job_request.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace refrain::sandbox {

namespace {

constexpr std::int64_t kMainPart = -1;

/// A request as it lies in memory, without its times.
struct RequestWire {
    ByteDigest digest;
    Limits limits;
    Sampling sampling = Sampling::kKnown;
    Effort effort = Effort::kNormal;
    MediaTime interval;
    Views views = Views::kUpright;
    std::uint32_t local_image_bytes = 0;
    std::uint32_t local_hour_bytes = 0;
    std::int32_t decoder_threads = 1;
    std::int64_t part = kMainPart;
    bool query_local = true;
    bool exact_codes = false;
    bool wants_progress = false;
};
static_assert(std::is_trivially_copyable_v<RequestWire>);

RequestWire wire_of(const Request& request) {
    const FingerprintOptions& options = request.options;
    RequestWire wire;
    wire.digest = request.digest;
    wire.limits = options.limits;
    wire.sampling = options.sampling;
    wire.effort = options.effort;
    wire.interval = options.interval;
    wire.views = options.views;
    wire.local_image_bytes = options.local_image_bytes;
    wire.local_hour_bytes = options.local_hour_bytes;
    wire.decoder_threads = options.decoder_threads;
    wire.part = request.part ? std::int64_t{*request.part} : kMainPart;
    wire.query_local = options.query_local;
    wire.exact_codes = options.exact_codes;
    wire.wants_progress = request.wants_progress;
    return wire;
}

}  // namespace

std::vector<std::byte> encode_request(const Request& request) {
    RequestWire wire = wire_of(request);
    // What lies between the members would tell the worker what was in our memory.
#if defined(__GNUC__) && !defined(__clang__)
    __builtin_clear_padding(&wire);
#endif
    std::vector<std::byte> bytes(sizeof wire + request.times.size() * sizeof(std::int64_t));
    std::memcpy(bytes.data(), &wire, sizeof wire);
    std::size_t at = sizeof wire;
    for (const MediaTime time : request.times) {
        std::memcpy(bytes.data() + at, &time.us, sizeof time.us);
        at += sizeof time.us;
    }
    return bytes;
}

Result<Request> decode_request(std::span<const std::byte> bytes) {
    RequestWire wire;
    if (bytes.size() < sizeof wire || bytes.size() > most_request_bytes() ||
        (bytes.size() - sizeof wire) % sizeof(std::int64_t) != 0) {
        return Error{ErrorCode::kInternal, "the worker was sent a torn request"};
    }
    std::memcpy(&wire, bytes.data(), sizeof wire);
    if (wire.part < kMainPart || wire.part > std::numeric_limits<std::uint32_t>::max()) {
        return Error{ErrorCode::kInternal, "the worker was asked for a part that no medium has"};
    }
    Request request;
    request.digest = wire.digest;
    request.options.limits = wire.limits;
    request.options.sampling = wire.sampling;
    request.options.effort = wire.effort;
    request.options.interval = wire.interval;
    request.options.views = wire.views;
    request.options.local_image_bytes = wire.local_image_bytes;
    request.options.local_hour_bytes = wire.local_hour_bytes;
    request.options.decoder_threads = wire.decoder_threads;
    request.options.query_local = wire.query_local;
    request.options.exact_codes = wire.exact_codes;
    request.wants_progress = wire.wants_progress;
    if (wire.part != kMainPart) {
        request.part = static_cast<std::uint32_t>(wire.part);
    }
    for (std::size_t at = sizeof wire; at < bytes.size(); at += sizeof(std::int64_t)) {
        std::int64_t us = 0;
        std::memcpy(&us, bytes.data() + at, sizeof us);
        request.times.insert(MediaTime::from_us(us));
    }
    return request;
}

std::size_t most_request_bytes() { return sizeof(RequestWire) + kMostTimes * sizeof(std::int64_t); }

}  // namespace refrain::sandbox
