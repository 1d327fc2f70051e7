#include "feeds/byte_feed.h"

#include <algorithm>
#include <utility>

namespace refrain::feeds {

bool ByteFeed::fill() {
    if (is_drained_) {
        return false;
    }
    if (stop_.stop_requested()) {
        failure_ = Error{ErrorCode::kCancelled, "stopped while reading a list"};
        is_drained_ = true;
        return false;
    }
    std::string next(kBlock, '\0');
    const Result<std::size_t> got = source_(std::span(next.data(), next.size()));
    if (!got || *got == 0 || *got > next.size()) {
        is_drained_ = true;
        if (!got) {
            failure_ = got.error();
        } else if (*got > 0) {
            failure_ =
                Error{ErrorCode::kInvalidArgument, "a source gave more than it had room for"};
        }
        return false;
    }
    next.resize(*got);
    block_ = std::move(next);
    position_ = 0;
    has_read_ = true;
    return true;
}

std::string_view ByteFeed::peek() {
    // A pipe gives less than a block at a time.
    while (block_.size() - position_ < kBlock && !is_drained_) {
        std::string ahead = block_.substr(position_);
        if (!fill()) {
            break;
        }
        block_.insert(0, ahead);
    }
    return std::string_view(block_).substr(position_);
}

std::string_view ByteFeed::next_block() {
    if (position_ == block_.size() && !fill()) {
        return {};
    }
    const std::string_view block = std::string_view(block_).substr(position_);
    line_ += static_cast<std::uint64_t>(std::count(block.begin(), block.end(), '\n'));
    position_ = block_.size();
    return block;
}

std::optional<Line> ByteFeed::next_line() {
    if (position_ == block_.size() && !fill()) {
        return std::nullopt;
    }
    long_line_.clear();
    Line line{{}, line_, false};
    for (;;) {
        const std::size_t end = block_.find('\n', position_);
        const std::string_view piece = std::string_view(block_).substr(
            position_, end == std::string::npos ? std::string::npos : end - position_);
        const bool is_whole = end != std::string::npos;
        position_ = is_whole ? end + 1 : block_.size();
        if (is_whole && long_line_.empty() && !line.is_too_long) {
            line.text = piece;
        } else {
            const std::size_t room = FeedLimits::kMaxLine + 1 - long_line_.size();
            long_line_.append(piece.substr(0, room));
            line.text = long_line_;
        }
        line.is_too_long = line.is_too_long || line.text.size() > FeedLimits::kMaxLine;
        if (is_whole || !fill()) {
            line_ += is_whole ? 1U : 0U;
            break;
        }
    }
    if (line.text.ends_with('\r')) {
        line.text.remove_suffix(1);
    }
    return line;
}

bool ByteFeed::skip_blanks() {
    for (;;) {
        if (position_ == block_.size() && !fill()) {
            return false;
        }
        const char byte = block_[position_];
        if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n') {
            return true;
        }
        line_ += byte == '\n' ? 1U : 0U;
        ++position_;
    }
}

void ByteFeed::skip(std::size_t bytes) {
    while (bytes-- > 0 && next() != kEnd) {
    }
}

}  // namespace refrain::feeds
