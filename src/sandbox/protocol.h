#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/unique_fd.h"

/// What passes between the program and a worker, over a pair of sockets that keep messages apart
/// (SOCK_SEQPACKET). A message is a Header, then its body in packets of kPacketBytes, the last one
/// shorter. Both sides are of the same build, so numbers stand as they lie in memory.
namespace refrain::sandbox {

inline constexpr int kWorkerSocket = 3;  ///< the worker's end
inline constexpr std::uint32_t kMagic = 0x52465741;
inline constexpr std::size_t kPacketBytes = std::size_t{64} << 10U;

/// Raised when a message changes its meaning.
inline constexpr std::int64_t kProtocolVersion = 3;

enum class Kind : std::uint32_t {
    // From the program.
    kFingerprint = 1,  ///< body: RequestWire. With the medium's descriptor
    kPictures = 2,     ///< body: RequestWire, then times in microseconds. With the descriptor
    // From the worker.
    kHello = 16,        ///< numbers: kProtocolVersion. Body: lines of the report
    kBegun = 17,        ///< the request was read
    kProgress = 18,     ///< numbers: position, duration in microseconds, part, parts
    kRun = 19,          ///< numbers: decode and hash time in microseconds. Body: the record
    kPicture = 20,      ///< numbers: time in microseconds, width, height. Body: packed RGB
    kPicturesEnd = 21,  ///< body: why some are missing
    kError = 22,        ///< numbers: ErrorCode. Body: message
};

struct Header {
    std::uint32_t magic = kMagic;
    Kind kind = Kind::kBegun;
    std::uint64_t body_bytes = 0;
    std::array<std::int64_t, 4> numbers{};
};
static_assert(sizeof(Header) == 48);

/// How a send or receive ended.
enum class Transfer {
    kDone,
    kGone,      ///< the other side closed its end or died
    kNotReady,  ///< would have had to wait
    kMalformed  ///< a packet of a size that no message has here
};

/// Whether a call may wait for the other side.
enum class Waiting { kAllowed, kRefused };

/// Sends one message. @param descriptor  goes with it; -1: none
[[nodiscard]] Transfer send_message(int socket,
                                    Header header,
                                    std::span<const std::byte> body,
                                    Waiting waiting,
                                    int descriptor = -1);

/// Receives one header; a descriptor that came with it goes to `descriptor`, or is dropped by the
/// kernel where that is null.
[[nodiscard]] Transfer receive_header(int socket,
                                      Header& header,
                                      Waiting waiting,
                                      base::UniqueFd* descriptor = nullptr);

/// Receives the next packet of a body: `into` is filled exactly.
[[nodiscard]] Transfer receive_packet(int socket, std::span<std::byte> into, Waiting waiting);

}  // namespace refrain::sandbox
