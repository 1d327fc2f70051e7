#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "refrain/bundle.h"

#include "exchange/bundle_format.h"
#include "fingerprint/byte_io.h"
#include "fingerprint/crc64.h"

namespace refrain {

namespace {

using fingerprint::ByteReader;
using fingerprint::ByteWriter;

/// Reads what a payload holds. Nothing: it holds something else.
std::optional<NewItem> item_of(std::span<const std::byte> payload, std::string& problem) {
    constexpr std::uint64_t kMostLabels = 10'000;
    ByteReader in(payload);
    NewItem item;
    for (std::string* text : {&item.id, &item.bank, &item.name, &item.source}) {
        *text = in.text();
    }
    const std::uint64_t labels = in.varint();
    for (std::uint64_t i = 0; i < labels && i < kMostLabels && !in.has_failed(); ++i) {
        std::string name = in.text();
        item.labels[std::move(name)] = in.text();
    }
    const std::span<const std::byte> record = in.take(in.varint());
    if (!in.is_drained() || labels > kMostLabels) {
        problem = "its fields do not fit its length";
        return std::nullopt;
    }
    Result<Fingerprint> fingerprint = decode_fingerprint(record);
    if (!fingerprint) {
        problem = fingerprint.error().message;
        return std::nullopt;
    }
    item.fingerprint = std::move(fingerprint).value();
    return item;
}

class Reader {
  public:
    Reader(const FeedBytes& bytes, const BundleVisitor& visitor, const std::stop_token& stop)
        : bytes_(bytes), visitor_(visitor), stop_(stop) {}

    Result<BundleCounts> run() {
        while (!has_ended_ && read_bundle()) {
        }
        if (failure_) {
            return *failure_;
        }
        return counts_;
    }

  private:
    /// Exactly so many bytes. @return whether they were there
    bool take(std::size_t size) {
        // In steps, so that a length that lies takes no more memory than there are bytes.
        constexpr std::size_t kStep = std::size_t{1} << 20;
        block_.clear();
        std::size_t have = 0;
        while (have < size) {
            if (stop_.stop_requested()) {
                failure_ = Error{ErrorCode::kCancelled, "stopped while reading a bundle"};
                return false;
            }
            // Once a step, not once a read: what arrives in small pieces would be cleared each
            // time.
            if (have == block_.size()) {
                block_.resize(have + std::min(kStep, size - have));
            }
            const std::span<std::byte> room = std::span(block_).subspan(have);
            const Result<std::size_t> got =
                bytes_(std::span(reinterpret_cast<char*>(room.data()), room.size()));
            const bool is_too_much = got && *got > room.size();
            if (!got || is_too_much) {
                failure_ = got ? Error{ErrorCode::kInvalidArgument,
                                       "a source gave more than it had room for"}
                               : got.error();
            }
            const std::size_t count = failure_ ? 0 : *got;
            have += count;
            if (count == 0) {
                block_.resize(have);
                return false;
            }
        }
        offset_ += size;
        return true;
    }

    void refuse(std::string_view reason, std::string detail) {
        if (failure_ || has_ended_) {
            return;
        }
        ++counts_.refused[std::string(reason)];
        if (visitor_.refused && !visitor_.refused({reason, counts_.records, std::move(detail)})) {
            has_ended_ = true;
        }
    }

    /// @return whether records follow
    bool read_header() {
        if (!take(exchange::kHeaderBytes)) {
            if (!block_.empty() || !has_begun_) {
                refuse("bad_header", "no bundle");
            }
            return false;
        }
        has_begun_ = true;
        ByteReader header(block_);
        const std::span<const std::byte> magic = header.take(exchange::kMagic.size());
        const std::uint64_t version = header.fixed(4);
        if (!std::equal(magic.begin(), magic.end(),
                        std::as_bytes(std::span(exchange::kMagic)).begin()) ||
            version != exchange::kVersion || header.fixed(4) != 0) {
            refuse("bad_header", "no bundle of version 1");
            return false;
        }
        return true;
    }

    /// @return whether another may follow
    bool read_bundle() {
        offset_ = 0;
        offsets_.clear();
        if (!read_header()) {
            return false;
        }
        for (;;) {
            const std::uint64_t begin = offset_;
            if (!take(exchange::kRecordHeadBytes)) {
                refuse("truncated", "the bundle ends without its index");
                return false;
            }
            ByteReader head(block_);
            const std::uint64_t length = head.fixed(8);
            const std::uint64_t checksum = head.fixed(8);
            if (length == 0) {
                return read_index(checksum);
            }
            if (length > exchange::kMaxPayload) {
                refuse("bad_record", "a length that no record has");
                return false;
            }
            offsets_.push_back(begin);
            ++counts_.records;
            if (!take(static_cast<std::size_t>(length))) {
                refuse("truncated", "the bundle ends within a record");
                return false;
            }
            take_payload(checksum);
            if (has_ended_) {
                return false;
            }
        }
    }

    void take_payload(std::uint64_t checksum) {
        if (fingerprint::crc64_xz(block_) != checksum) {
            refuse("bad_checksum", "the record is damaged");
            return;
        }
        std::string problem;
        std::optional<NewItem> item = item_of(block_, problem);
        if (!item) {
            refuse("bad_record", std::move(problem));
        } else if (!visitor_.item(std::move(*item))) {
            has_ended_ = true;
        }
    }

    bool read_index(std::uint64_t checksum) {
        ByteWriter expected;
        expected.put_fixed(offsets_.size(), 8);
        for (const std::uint64_t offset : offsets_) {
            expected.put_fixed(offset, 8);
        }
        const std::size_t size = expected.bytes().size();
        if (!take(size + exchange::kEndMagic.size())) {
            refuse("truncated", "the bundle ends within its index");
            return false;
        }
        const std::span<const std::byte> read(block_);
        const auto end = std::as_bytes(std::span(exchange::kEndMagic));
        const bool is_sound =
            std::equal(read.begin(), read.begin() + static_cast<std::ptrdiff_t>(size),
                       expected.bytes().begin()) &&
            std::equal(end.begin(), end.end(), read.begin() + static_cast<std::ptrdiff_t>(size)) &&
            fingerprint::crc64_xz(expected.bytes()) == checksum;
        if (!is_sound) {
            refuse("bad_index", "the index names other records than were read");
        }
        return is_sound;
    }

    const FeedBytes& bytes_;
    const BundleVisitor& visitor_;
    const std::stop_token& stop_;
    BundleCounts counts_;
    std::vector<std::byte> block_;
    std::uint64_t offset_ = 0;
    std::vector<std::uint64_t> offsets_;
    bool has_begun_ = false;
    bool has_ended_ = false;
    std::optional<Error> failure_;
};

}  // namespace

Result<BundleCounts> read_bundle(const FeedBytes& bytes,
                                 const BundleVisitor& visitor,
                                 const std::stop_token& stop) {
    if (!bytes || !visitor.item) {
        return Error{ErrorCode::kInvalidArgument, "reading a bundle needs its bytes and a visitor"};
    }
    return Reader(bytes, visitor, stop).run();
}

}  // namespace refrain
