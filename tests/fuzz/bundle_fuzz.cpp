// Bundles as others send them: as they are, and with the checksums of payloads and records set
// right, which random bytes never have. What is read can be written and read again.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "refrain/bundle.h"
#include "refrain/fingerprint.h"

#include "exchange/bundle_format.h"
#include "fingerprint/crc64.h"

namespace {

using namespace refrain;

void put_number(std::span<std::byte> at, std::uint64_t number) {
    for (std::size_t i = 0; i < 8; ++i, number >>= 8U) {
        at[i] = static_cast<std::byte>(number & 0xffU);
    }
}

std::uint64_t number_at(std::span<const std::byte> at) {
    std::uint64_t number = 0;
    for (std::size_t i = 8; i > 0; --i) {
        number = number << 8U | std::to_integer<std::uint64_t>(at[i - 1]);
    }
    return number;
}

/// The record is the payload's end, so that both checksums can be set right.
void seal(std::vector<std::byte>& bundle) {
    std::span<std::byte> rest(bundle);
    if (rest.size() < exchange::kHeaderBytes) {
        return;
    }
    rest = rest.subspan(exchange::kHeaderBytes);
    while (rest.size() >= exchange::kRecordHeadBytes) {
        const std::uint64_t length = number_at(rest);
        const std::span<std::byte> head = rest.first(exchange::kRecordHeadBytes);
        rest = rest.subspan(exchange::kRecordHeadBytes);
        if (length == 0 && rest.size() >= 8) {  // the index: a number, and as many offsets
            const std::uint64_t offsets = std::min<std::uint64_t>(number_at(rest), rest.size() / 8);
            const std::size_t index = 8 * std::min<std::size_t>(offsets + 1, rest.size() / 8);
            put_number(head.subspan(8), fingerprint::crc64_xz(rest.first(index)));
        }
        if (length == 0 || length > rest.size()) {
            return;
        }
        const std::span<std::byte> payload = rest.first(static_cast<std::size_t>(length));
        rest = rest.subspan(payload.size());
        // Where the record begins is told by its magic.
        constexpr std::string_view kRecordMagic = "\x89RFP";
        const auto magic = std::as_bytes(std::span(kRecordMagic));
        const auto begin = std::search(payload.begin(), payload.end(), magic.begin(), magic.end());
        const auto at = static_cast<std::size_t>(begin - payload.begin());
        if (begin != payload.end() && payload.size() - at > 8) {
            const std::span<std::byte> record = payload.subspan(at);
            put_number(record.last(8), fingerprint::crc64_xz(record.first(record.size() - 8)));
        }
        put_number(head.subspan(8), fingerprint::crc64_xz(payload));
    }
}

struct Read {
    std::vector<NewItem> items;
    BundleCounts counts;
};

Read read(std::span<const std::byte> bundle, std::size_t step) {
    Read got;
    std::size_t at = 0;
    const FeedBytes bytes = [&](std::span<char> into) -> Result<std::size_t> {
        const std::size_t size = std::min({bundle.size() - at, into.size(), step});
        std::copy_n(bundle.begin() + static_cast<std::ptrdiff_t>(at), size,
                    std::as_writable_bytes(into).begin());
        at += size;
        return size;
    };
    const auto counts = read_bundle(bytes, {[&](NewItem&& item) {
                                                got.items.push_back(std::move(item));
                                                return true;
                                            },
                                            nullptr});
    if (!counts) {
        std::abort();  // neither stopped nor refused by the source
    }
    got.counts = *counts;
    return got;
}

void check(std::span<const std::byte> bundle) {
    const Read whole = read(bundle, bundle.size());
    const Read slow = read(bundle, 3);
    if (whole.items.size() != slow.items.size() || whole.counts.records != slow.counts.records ||
        whole.counts.refused != slow.counts.refused || whole.items.size() > whole.counts.records) {
        std::abort();
    }
    std::vector<std::byte> again;
    BundleWriter writer([&](std::span<const std::byte> bytes) -> Result<void> {
        again.insert(again.end(), bytes.begin(), bytes.end());
        return {};
    });
    std::size_t written = 0;
    for (const NewItem& item : whole.items) {
        written += writer.add(item) ? std::size_t{1} : std::size_t{0};
    }
    if (!writer.finish() || read(again, again.size()).items.size() != written) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto given = std::as_bytes(std::span(data, size));
    check(given);
    std::vector<std::byte> sealed(given.begin(), given.end());
    seal(sealed);
    check(sealed);
    return 0;
}
