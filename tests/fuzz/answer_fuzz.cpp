// What a worker that was taken over may send: the message bodies, behind a right checksum and
// without one.
#include <span>

#include "refrain/fingerprint.h"

#include "fingerprint/crc64.h"
#include "sandbox/answer_check.h"
#include "sandbox/job_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace refrain;
    sandbox::Message message;
    const auto given = std::as_bytes(std::span(data, size));
    message.body.assign(given.begin(), given.end());
    sandbox::Request request;
    static_cast<void>(sandbox::read_run(message, request));
    static_cast<void>(sandbox::read_error(message));
    if (size > 8) {
        std::uint64_t checksum = fingerprint::crc64_xz(std::span(message.body).first(size - 8));
        for (std::size_t i = size - 8; i < size; ++i, checksum >>= 8U) {
            message.body[i] = static_cast<std::byte>(checksum & 0xffU);
        }
        static_cast<void>(sandbox::read_run(message, request));
    }
    return 0;
}
