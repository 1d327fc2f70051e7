#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/hash256.h"

namespace refrain::fingerprint {

/// Appends little-endian numbers to a growing buffer.
///
/// One thread at a time.
class ByteWriter {
  public:
    /// The lowest `bytes` bytes of `value`, 1..8.
    void put_fixed(std::uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            bytes_.push_back(static_cast<std::byte>((value >> (8 * i)) & 0xFF));
        }
    }
    /// Unsigned LEB128: seven bits a byte, lowest first, the top bit says that more follow.
    void put_varint(std::uint64_t value) {
        while (value >= 0x80) {
            bytes_.push_back(static_cast<std::byte>((value & 0x7F) | 0x80));
            value >>= 7;
        }
        bytes_.push_back(static_cast<std::byte>(value));
    }
    void put_bytes(std::span<const std::byte> bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }
    /// Length as a varint, then the bytes.
    void put_text(std::string_view text) {
        put_varint(text.size());
        put_bytes(std::as_bytes(std::span(text)));
    }
    void reserve(std::size_t size) { bytes_.reserve(size); }
    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    std::vector<std::byte> bytes_;
};

/// Takes numbers from untrusted bytes. The first read past the end, or of a number that is not in
/// its shortest form, makes the reader fail; from then on every read gives zero or nothing.
///
/// One thread at a time; the bytes are borrowed for its life.
class ByteReader {
  public:
    explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

    [[nodiscard]] std::uint64_t fixed(int bytes) {
        std::uint64_t value = 0;
        const std::span<const std::byte> taken = take(static_cast<std::uint64_t>(bytes));
        for (std::size_t i = 0; i < taken.size(); ++i) {
            value |= std::to_integer<std::uint64_t>(taken[i]) << (8 * i);
        }
        return value;
    }
    [[nodiscard]] std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const std::uint64_t byte = fixed(1);
            const std::uint64_t bits = byte & 0x7F;
            if (failed_ || (shift == 63 && bits > 1) || (shift > 0 && byte == 0)) {
                failed_ = true;
                return 0;
            }
            value |= bits << shift;
            if (byte < 0x80) {
                return value;
            }
        }
        failed_ = true;
        return 0;
    }
    /// The next `count` bytes, borrowed; empty and failed if there are fewer.
    [[nodiscard]] std::span<const std::byte> take(std::uint64_t count) {
        if (failed_ || count > rest_.size()) {
            failed_ = true;
            return {};
        }
        const auto size = static_cast<std::size_t>(count);
        const std::span<const std::byte> taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    [[nodiscard]] std::string text() {
        std::string value;
        const std::span<const std::byte> taken = take(varint());
        value.reserve(taken.size());
        for (const std::byte byte : taken) {
            value.push_back(static_cast<char>(byte));
        }
        return value;
    }
    [[nodiscard]] std::size_t remaining() const { return failed_ ? 0 : rest_.size(); }
    [[nodiscard]] bool has_failed() const { return failed_; }
    /// All was read, and nothing was wrong.
    [[nodiscard]] bool is_drained() const { return !failed_ && rest_.empty(); }

  private:
    std::span<const std::byte> rest_;
    bool failed_ = false;
};

inline void put_hash(ByteWriter& out, const Hash256& hash) {
    for (const std::uint64_t word : hash.words) {
        out.put_fixed(word, 8);
    }
}

[[nodiscard]] inline Hash256 read_hash(ByteReader& in) {
    Hash256 hash;
    for (std::uint64_t& word : hash.words) {
        word = in.fixed(8);
    }
    return hash;
}

}  // namespace refrain::fingerprint
