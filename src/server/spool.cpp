#include "server/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

namespace refrain::server {

namespace {

Error file_error(const std::string& what) {
    const int code = errno;
    const bool is_full = code == ENOSPC || code == EDQUOT || code == EFBIG;
    return {is_full ? ErrorCode::kDiskFull : ErrorCode::kInternal,
            "spool: " + what + ": " + std::generic_category().message(code)};
}

}  // namespace

SpoolFile::SpoolFile(std::shared_ptr<Spool> spool, Descriptor descriptor)
    : spool_(std::move(spool)), descriptor_(std::move(descriptor)) {}

SpoolFile::~SpoolFile() { spool_->give_back(size_); }

Result<void> SpoolFile::write(std::string_view bytes) {
    if (!spool_->take(bytes.size())) {
        return Error{ErrorCode::kCorpusBusy, "uploads in work take all of the " +
                                                 std::to_string(spool_->quota_bytes()) +
                                                 " bytes that they may take"};
    }
    size_ += bytes.size();
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return file_error("write");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::size_t SpoolFile::read(std::uint64_t at, std::span<char> into) const {
    for (;;) {
        const ssize_t count =
            ::pread(descriptor_.get(), into.data(), into.size(), static_cast<off_t>(at));
        if (count >= 0 || errno != EINTR) {
            return count > 0 ? static_cast<std::size_t>(count) : 0;
        }
    }
}

Spool::Spool(std::filesystem::path folder, std::uint64_t quota)
    : folder_(std::move(folder)), quota_(quota) {}

Result<std::shared_ptr<Spool>> Spool::open(const std::filesystem::path& folder,
                                           std::uint64_t quota_bytes) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    // The constructor is private. NOLINTNEXTLINE(modernize-make-shared)
    std::shared_ptr<Spool> spool(new Spool(folder, quota_bytes));
    const auto probe = spool->open_unnamed();
    if (!probe) {
        return Error{ErrorCode::kUnreadable,
                     "no file can be made in " + folder.string() + ": " + probe.error().message};
    }
    return spool;
}

Result<Descriptor> Spool::open_unnamed() const {
    constexpr mode_t kOwnerOnly = 0600;
    Descriptor unnamed(::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kOwnerOnly));
    if (unnamed.is_open()) {
        return unnamed;
    }
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL) {
        return file_error("open");
    }
    // Some file systems know no unnamed files: one that loses its name at once is the next best.
    std::string name = (folder_ / "upload-XXXXXX").native();
    Descriptor named(::mkostemp(name.data(), O_CLOEXEC));
    if (!named.is_open()) {
        return file_error("open");
    }
    ::unlink(name.c_str());
    return named;
}

Result<std::shared_ptr<SpoolFile>> Spool::make_file() {
    auto descriptor = open_unnamed();
    if (!descriptor) {
        return descriptor.error();
    }
    return std::make_shared<SpoolFile>(shared_from_this(), std::move(descriptor).value());
}

bool Spool::take(std::uint64_t bytes) {
    std::uint64_t used = used_;
    do {
        if (bytes > quota_ || used > quota_ - bytes) {
            return false;
        }
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
}

void Spool::give_back(std::uint64_t bytes) { used_ -= bytes; }

}  // namespace refrain::server
