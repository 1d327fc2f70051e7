#include "cli/byte_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include <poll.h>

namespace refrain::cli {

namespace {

Error failed(int code, const std::string& what) {
    const ErrorCode kind = code == ENOENT                     ? ErrorCode::kNotFound
                           : code == ENOSPC || code == EDQUOT ? ErrorCode::kDiskFull
                                                              : ErrorCode::kUnreadable;
    return {kind, what + ": " + std::generic_category().message(code)};
}

}  // namespace

Result<Descriptor> open_stream(const std::string& path) {
    Descriptor opened(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                  : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!opened.is_open()) {
        return failed(errno, path);
    }
    return opened;
}

FeedBytes bytes_of(const Descriptor& descriptor, std::stop_token stop) {
    return [&descriptor, stop = std::move(stop)](std::span<char> into) -> Result<std::size_t> {
        constexpr int kPollMilliseconds = 100;
        while (!stop.stop_requested()) {
            pollfd waiting{descriptor.get(), POLLIN, 0};
            if (::poll(&waiting, 1, kPollMilliseconds) == 0) {
                continue;
            }
            const ssize_t got = ::read(descriptor.get(), into.data(), into.size());
            if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
                continue;
            }
            if (got < 0) {
                return failed(errno, "cannot be read to its end");
            }
            return static_cast<std::size_t>(got);
        }
        return Error{ErrorCode::kCancelled, "stopped while reading"};
    };
}

Result<void> write_bytes(int descriptor,
                         std::span<const std::byte> bytes,
                         const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return failed(errno, "cannot write to " + name);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace refrain::cli
