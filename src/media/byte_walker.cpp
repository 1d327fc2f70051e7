#include "media/byte_walker.h"

namespace refrain::media {

std::optional<std::uint8_t> ByteWalker::byte(std::uint64_t offset) {
    if (offset < window_start_ || offset - window_start_ >= window_.size()) {
        if (offset >= source_.size()) {
            return std::nullopt;
        }
        window_.resize(kWindowBytes);
        const Result<std::size_t> count = source_.read_at(offset, window_);
        window_.resize(count ? *count : 0);
        window_start_ = offset;
        if (window_.empty()) {
            return std::nullopt;
        }
    }
    return static_cast<std::uint8_t>(window_[static_cast<std::size_t>(offset - window_start_)]);
}

std::optional<std::uint64_t> ByteWalker::big_endian(std::uint64_t offset, unsigned bytes) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        const std::optional<std::uint8_t> next = byte(offset + i);
        if (!next) {
            return std::nullopt;
        }
        value = value << 8U | *next;
    }
    return value;
}

std::optional<std::uint64_t> ByteWalker::little_endian(std::uint64_t offset, unsigned bytes) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        const std::optional<std::uint8_t> next = byte(offset + i);
        if (!next) {
            return std::nullopt;
        }
        value |= std::uint64_t{*next} << (8U * i);
    }
    return value;
}

bool ByteWalker::has(std::uint64_t offset, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::optional<std::uint8_t> next = byte(offset + i);
        if (!next || *next != static_cast<std::uint8_t>(text[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace refrain::media
