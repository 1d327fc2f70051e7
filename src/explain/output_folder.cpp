#include "explain/output_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "base/check.h"

namespace refrain::explain {

namespace {

Error cannot_write(const std::filesystem::path& path, int reason) {
    const bool is_full = reason == ENOSPC || reason == EDQUOT;
    return {is_full ? ErrorCode::kDiskFull : ErrorCode::kUnreadable,
            "cannot write " + path.native() + ": " + std::generic_category().message(reason)};
}

bool is_safe(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/// A new file beside the one to be. @return its descriptor, or none with errno set
base::UniqueFd create_part(int folder, const std::string& name, std::string& part) {
    constexpr int kMostLeftOver = 100;  // by writers at work and by those that were killed
    for (int i = 0; i < kMostLeftOver; ++i) {
        part = "." + name + ".part" + std::to_string(i);
        base::UniqueFd file(::openat(folder, part.c_str(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
        if (file.is_open() || errno != EEXIST) {
            return file;
        }
    }
    return {};
}

/// @return 0, or why not
int write_all(int file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        if (written > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
    }
    return 0;
}

}  // namespace

std::string safe_name(std::string_view text, std::size_t most) {
    std::string name;
    for (const char c : text.substr(0, most)) {
        const bool is_first_dot = c == '.' && name.empty();
        name.push_back(is_safe(c) && !is_first_dot ? c : '_');
    }
    return name.empty() ? "_" : name;
}

Result<OutputFolder> OutputFolder::open(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::create_directories(path, failed);
    base::UniqueFd descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.is_open()) {
        return cannot_write(path, failed ? failed.value() : errno);
    }
    return OutputFolder(path, std::move(descriptor));
}

Result<std::filesystem::path> OutputFolder::write(const std::string& name,
                                                  std::span<const std::byte> bytes) const {
    REFRAIN_CHECK(name.find('/') == std::string::npos);
    std::string part;
    const base::UniqueFd file = create_part(descriptor_.get(), name, part);
    if (!file.is_open()) {
        return cannot_write(path_ / name, errno);
    }
    int reason = write_all(file.get(), bytes);
    if (reason == 0 &&
        ::renameat(descriptor_.get(), part.c_str(), descriptor_.get(), name.c_str()) != 0) {
        reason = errno;
    }
    if (reason != 0) {
        ::unlinkat(descriptor_.get(), part.c_str(), 0);
        return cannot_write(path_ / name, reason);
    }
    return path_ / name;
}

}  // namespace refrain::explain
