#include "media/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <system_error>

#include <spdlog/fmt/fmt.h>

namespace refrain::media {
namespace {

Error from_errno(int number, const char* what) {
    return {number == ENOENT || number == ENOTDIR ? ErrorCode::kNotFound : ErrorCode::kUnreadable,
            fmt::format("{}: {}", what, std::generic_category().message(number))};
}

std::int64_t modified_ns(const struct stat& status) {
    return static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
           static_cast<std::int64_t>(status.st_mtim.tv_nsec);
}

/// As `fstat`, by the system call of that name: glibc makes another one of it, which takes a path
/// and is therefore closed to the workers of the sandbox.
int status_of(int descriptor, struct stat& status) {
#if defined(__x86_64__) || defined(__aarch64__)
    return static_cast<int>(::syscall(SYS_fstat, descriptor, &status));
#else
    return ::fstat(descriptor, &status);
#endif
}

const char* file_kind(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return "a folder";
        case S_IFIFO:
            return "a FIFO";
        case S_IFSOCK:
            return "a socket";
        case S_IFCHR:
            return "a character device";
        case S_IFBLK:
            return "a block device";
        default:
            return "something else";
    }
}

/// Size of the open regular file, within the limits. @error kUnreadable, kEmpty, kTooLarge
Result<struct stat> inspect(int descriptor, const Limits& limits) {
    struct stat status {};
    if (status_of(descriptor, status) != 0) {
        return from_errno(errno, "cannot inspect");
    }
    if (!S_ISREG(status.st_mode)) {
        return Error{ErrorCode::kUnreadable,
                     fmt::format("not a regular file but {}", file_kind(status.st_mode))};
    }
    if (status.st_size == 0) {
        return Error{ErrorCode::kEmpty, "the file has no bytes"};
    }
    if (static_cast<std::uint64_t>(status.st_size) > limits.max_bytes) {
        return Error{ErrorCode::kTooLarge, fmt::format("{} bytes, over the limit of {}",
                                                       status.st_size, limits.max_bytes)};
    }
    return status;
}

Error changed() { return {ErrorCode::kUnreadable, "the file changed while it was read"}; }

}  // namespace

Result<ByteSource> ByteSource::open_file(const std::filesystem::path& path, const Limits& limits) {
    if (path.native().find('\0') != std::string::npos) {
        return Error{ErrorCode::kNotFound, "the name holds a zero byte"};
    }
    // O_NONBLOCK: opening a FIFO without a writer must not wait. Devices are refused by fstat.
    base::UniqueFd descriptor(
        ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC |
                                 O_NOCTTY));  // NOLINT(cppcoreguidelines-pro-type-vararg)
    if (!descriptor.is_open()) {
        return from_errno(errno, "cannot open");
    }
    Result<ByteSource> source = from_descriptor(descriptor.get(), limits);
    if (source) {
        source->owned_ = std::move(descriptor);
    }
    return source;
}

Result<ByteSource> ByteSource::from_descriptor(int descriptor, const Limits& limits) {
    const Result<struct stat> status = inspect(descriptor, limits);
    if (!status) {
        return status.error();
    }
    ByteSource source;
    source.descriptor_ = descriptor;
    source.size_ = static_cast<std::uint64_t>(status->st_size);
    source.file_size_ = source.size_;
    source.modified_ns_ = modified_ns(*status);
    return source;
}

Result<ByteSource> ByteSource::from_bytes(std::span<const std::byte> bytes, const Limits& limits) {
    if (bytes.empty()) {
        return Error{ErrorCode::kEmpty, "no bytes"};
    }
    if (bytes.size() > limits.max_bytes) {
        return Error{ErrorCode::kTooLarge,
                     fmt::format("{} bytes, over the limit of {}", bytes.size(), limits.max_bytes)};
    }
    ByteSource source;
    source.memory_ = bytes;
    source.size_ = bytes.size();
    return source;
}

ByteSource ByteSource::range(std::uint64_t offset, std::uint64_t bytes) const {
    ByteSource part;
    part.descriptor_ = descriptor_;
    part.memory_ = memory_;
    part.file_size_ = file_size_;
    part.modified_ns_ = modified_ns_;
    const std::uint64_t first = std::min(offset, size_);
    part.start_ = start_ + first;
    part.size_ = std::min(bytes, size_ - first);
    return part;
}

Result<std::size_t> ByteSource::read_at(std::uint64_t offset, std::span<std::byte> into) const {
    if (offset >= size_ || into.empty()) {  // memcpy takes no null pointer, even of no bytes
        return std::size_t{0};
    }
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset));
    if (descriptor_ < 0) {
        std::memcpy(into.data(), memory_.data() + start_ + offset, wanted);
        return wanted;
    }
    std::size_t done = 0;
    while (done < wanted) {
        const ssize_t count = ::pread(descriptor_, into.data() + done, wanted - done,
                                      static_cast<off_t>(start_ + offset + done));
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return Error{ErrorCode::kUnreadable, from_errno(errno, "cannot read").message};
        }
        if (count == 0) {
            return changed();  // shorter than it was when it was opened
        }
        done += static_cast<std::size_t>(count);
    }
    return done;
}

Result<void> ByteSource::check_unchanged() const {
    if (descriptor_ < 0) {
        return {};
    }
    struct stat status {};
    if (status_of(descriptor_, status) != 0) {
        return Error{ErrorCode::kUnreadable, from_errno(errno, "cannot inspect").message};
    }
    if (static_cast<std::uint64_t>(status.st_size) != file_size_ ||
        modified_ns(status) != modified_ns_) {
        return changed();
    }
    return {};
}

}  // namespace refrain::media
