#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "media/byte_source.h"

namespace refrain::media {

/// Reads small numbers anywhere in a ByteSource through a window of kWindowBytes.
///
/// Bytes beyond the end, and bytes that cannot be read, give nothing. Whoever walks a header takes
/// both for its end. Borrows the source. Thread safety: one thread at a time.
class ByteWalker {
  public:
    static constexpr std::size_t kWindowBytes = std::size_t{64} * 1024;

    explicit ByteWalker(const ByteSource& source) : source_(source) {}

    [[nodiscard]] std::uint64_t size() const { return source_.size(); }
    [[nodiscard]] std::optional<std::uint64_t> big_endian(std::uint64_t offset, unsigned bytes);
    [[nodiscard]] std::optional<std::uint64_t> little_endian(std::uint64_t offset, unsigned bytes);
    [[nodiscard]] std::optional<std::uint8_t> byte(std::uint64_t offset);
    /// Whether `text` stands at `offset`.
    [[nodiscard]] bool has(std::uint64_t offset, std::string_view text);

  private:
    const ByteSource& source_;
    std::vector<std::byte> window_;
    std::uint64_t window_start_ = 0;
};

}  // namespace refrain::media
