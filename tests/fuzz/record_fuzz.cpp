// Fingerprint records, as a store or a worker gives them. The last eight bytes are a checksum that
// random bytes never have, so it is set right before the record is read; and once it is not.
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "refrain/fingerprint.h"

#include "fingerprint/crc64.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto given = std::as_bytes(std::span(data, size));
    static_cast<void>(refrain::decode_fingerprint(given));
    std::vector<std::byte> record(given.begin(), given.end());
    if (record.size() < sizeof(std::uint64_t)) {
        return 0;
    }
    const std::span<std::byte> body = std::span(record).first(record.size() - 8);
    std::uint64_t checksum = refrain::fingerprint::crc64_xz(body);
    for (std::size_t i = 0; i < 8; ++i, checksum >>= 8U) {
        record[body.size() + i] = static_cast<std::byte>(checksum & 0xffU);
    }
    const auto read = refrain::decode_fingerprint(record);
    if (read && !refrain::check_fingerprint(*read)) {
        std::abort();  // what is read is sound
    }
    if (read) {
        const auto again = refrain::decode_fingerprint(*refrain::encode_fingerprint(*read));
        if (!again || !(*again == *read)) {
            std::abort();  // what is read can be written and read again
        }
    }
    return 0;
}
