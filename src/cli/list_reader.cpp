#include "cli/list_reader.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include <poll.h>

namespace refrain::cli {

namespace {

/// How often a blocked read looks whether it should stop.
constexpr int kPollMilliseconds = 100;

}  // namespace

ListReader::ListReader(Descriptor descriptor, std::string name)
    : descriptor_(std::move(descriptor)), name_(std::move(name)) {}

std::optional<Input> ListReader::next(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (position_ == block_.size() && (is_at_end_ || !fill(stop))) {
            return is_at_end_ ? finish_list() : std::nullopt;
        }
        if (!take_line()) {
            continue;
        }
        if (!line_.empty()) {
            return finish_line();
        }
        ++line_number_;
    }
    return std::nullopt;
}

std::optional<Input> ListReader::finish_list() {
    if (std::exchange(read_error_, 0) != 0) {
        return failed_entry("cannot be read to its end");
    }
    if (line_.empty()) {
        return std::nullopt;
    }
    return finish_line();
}

bool ListReader::take_line() {
    const auto begin = block_.begin() + static_cast<std::ptrdiff_t>(position_);
    const auto end = std::find(begin, block_.end(), '\n');
    const auto wanted = static_cast<std::size_t>(end - begin);
    const std::size_t room = kMaxListLine - line_.size();
    line_.append(begin, begin + static_cast<std::ptrdiff_t>(std::min(wanted, room)));
    is_too_long_ = is_too_long_ || wanted > room;
    position_ += wanted;
    if (end == block_.end()) {
        return false;
    }
    ++position_;
    return true;
}

bool ListReader::fill(const std::stop_token& stop) {
    block_.resize(kBlockBytes);
    position_ = 0;
    while (!stop.stop_requested()) {
        pollfd waiting{descriptor_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, kPollMilliseconds) == 0) {
            continue;
        }
        const ssize_t got = ::read(descriptor_.get(), block_.data(), block_.size());
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        read_error_ = got < 0 ? errno : 0;
        is_at_end_ = got <= 0;
        block_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return got > 0;
    }
    block_.clear();
    return false;
}

Input ListReader::finish_line() {
    ++line_number_;
    Input input{std::exchange(line_, {}), std::nullopt};
    const std::string where = "line " + std::to_string(line_number_) + " of the list " + name_;
    if (std::exchange(is_too_long_, false)) {
        input.error = Error{ErrorCode::kUnreadable,
                            where + " is longer than " + std::to_string(kMaxListLine) + " bytes"};
    } else if (input.path.find('\0') != std::string::npos) {
        input.error = Error{ErrorCode::kUnreadable, where + " holds a NUL byte"};
    }
    return input;
}

Input ListReader::failed_entry(std::string message) const {
    return {name_, Error{ErrorCode::kUnreadable, "list " + std::move(message)}};
}

}  // namespace refrain::cli
