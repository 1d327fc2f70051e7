#include <utility>
#include <vector>

#include "refrain/bundle.h"

#include "exchange/bundle_format.h"
#include "fingerprint/byte_io.h"
#include "fingerprint/crc64.h"

namespace refrain {

using fingerprint::ByteWriter;

struct BundleWriter::Impl {
    BundleSink sink;
    std::uint64_t offset = 0;
    std::vector<std::uint64_t> offsets;

    Result<void> write(std::span<const std::byte> bytes) {
        if (!sink) {
            return Error{ErrorCode::kInvalidArgument, "a bundle needs a sink"};
        }
        Result<void> written = sink(bytes);
        offset += bytes.size();
        return written;
    }

    Result<void> write_header() {
        ByteWriter header;
        header.put_bytes(std::as_bytes(std::span(exchange::kMagic)));
        header.put_fixed(exchange::kVersion, 4);
        header.put_fixed(0, 4);
        return write(header.bytes());
    }
};

namespace {

std::vector<std::byte> payload_of(const NewItem& item, std::span<const std::byte> record) {
    ByteWriter payload;
    for (const std::string* text : {&item.id, &item.bank, &item.name, &item.source}) {
        payload.put_text(*text);
    }
    payload.put_varint(item.labels.size());
    for (const auto& [name, value] : item.labels) {
        payload.put_text(name);
        payload.put_text(value);
    }
    payload.put_varint(record.size());
    payload.put_bytes(record);
    return payload.take();
}

}  // namespace

BundleWriter::BundleWriter(BundleSink sink) : impl_(std::make_unique<Impl>()) {
    impl_->sink = std::move(sink);
}
BundleWriter::BundleWriter(BundleWriter&&) noexcept = default;
BundleWriter& BundleWriter::operator=(BundleWriter&&) noexcept = default;
BundleWriter::~BundleWriter() = default;

Result<void> BundleWriter::add(const NewItem& item) {
    if (Result<void> sound = check_fingerprint(item.fingerprint); !sound) {
        return sound;
    }
    const Result<std::vector<std::byte>> record = encode_fingerprint(known_side(item.fingerprint));
    if (!record) {
        return record.error();
    }
    const std::vector<std::byte> payload = payload_of(item, *record);
    if (payload.size() > exchange::kMaxPayload) {
        return Error{ErrorCode::kTooLarge, "a record of more than 255 MiB"};
    }
    if (impl_->offset == 0) {
        if (Result<void> written = impl_->write_header(); !written) {
            return written;
        }
    }
    impl_->offsets.push_back(impl_->offset);
    ByteWriter head;
    head.put_fixed(payload.size(), 8);
    head.put_fixed(fingerprint::crc64_xz(payload), 8);
    if (Result<void> written = impl_->write(head.bytes()); !written) {
        return written;
    }
    return impl_->write(payload);
}

Result<void> BundleWriter::finish() {
    if (impl_->offset == 0) {
        if (Result<void> written = impl_->write_header(); !written) {
            return written;
        }
    }
    ByteWriter index;
    index.put_fixed(impl_->offsets.size(), 8);
    for (const std::uint64_t offset : impl_->offsets) {
        index.put_fixed(offset, 8);
    }
    ByteWriter end;
    end.put_fixed(0, 8);
    end.put_fixed(fingerprint::crc64_xz(index.bytes()), 8);
    end.put_bytes(index.bytes());
    end.put_bytes(std::as_bytes(std::span(exchange::kEndMagic)));
    return impl_->write(end.bytes());
}

}  // namespace refrain
