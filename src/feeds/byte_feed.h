#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/feeds.h"

namespace refrain::feeds {

/// A line of an input, without its end.
struct Line {
    std::string_view text;  ///< borrowed until the next call; cut where it is too long
    std::uint64_t number = 0;
    bool is_too_long = false;  ///< over FeedLimits::kMaxLine
};

/// The bytes of an input, read in blocks and given out one by one or line by line.
///
/// Memory: two blocks, or one and a line. Thread safety: one thread at a time.
class ByteFeed {
  public:
    static constexpr std::size_t kBlock = 65'536;
    static constexpr int kEnd = -1;

    /// @param source, stop  borrowed
    ByteFeed(const FeedBytes& source, const std::stop_token& stop) : source_(source), stop_(stop) {}

    /// The bytes that lie ahead, as many as a block or the whole input; they stay ahead.
    [[nodiscard]] std::string_view peek();

    /// The next byte, 0..255, or kEnd.
    [[nodiscard]] int next() {
        if (position_ == block_.size() && !fill()) {
            return kEnd;
        }
        const char byte = block_[position_++];
        line_ += byte == '\n' ? 1U : 0U;
        return static_cast<unsigned char>(byte);
    }
    /// Some of the bytes ahead, borrowed until the next call; empty at the end.
    [[nodiscard]] std::string_view next_block();

    /// The next line; nothing at the end. A carriage return before the line end goes with it.
    [[nodiscard]] std::optional<Line> next_line();

    /// Takes blanks and line ends away. @return whether anything is left
    bool skip_blanks();
    void skip(std::size_t bytes);

    /// The number of the line that is being read, from 1.
    [[nodiscard]] std::uint64_t line() const { return line_; }
    /// Lines that were begun so far.
    [[nodiscard]] std::uint64_t lines() const {
        return has_read_ ? line_ - (is_at_start() ? 1U : 0U) : 0;
    }
    /// Why the input ended before its end.
    [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  private:
    bool fill();
    /// Whether the last byte that was taken is a line end.
    [[nodiscard]] bool is_at_start() const {
        return position_ > 0 && block_[position_ - 1] == '\n';
    }

    const FeedBytes& source_;
    const std::stop_token& stop_;
    std::string block_;
    std::size_t position_ = 0;
    std::string long_line_;
    std::uint64_t line_ = 1;
    bool has_read_ = false;
    bool is_drained_ = false;
    std::optional<Error> failure_;
};

}  // namespace refrain::feeds
