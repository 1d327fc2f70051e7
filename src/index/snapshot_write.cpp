#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <span>
#include <vector>

#include "base/unique_fd.h"
#include "index/snapshot.h"
#include "index/snapshot_format.h"

namespace refrain::index {

namespace {

Error cannot_write(const SnapshotFormat& format, int error_number) {
    ErrorCode code = ErrorCode::kUnreadable;
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) {
        code = ErrorCode::kDiskFull;
    } else if (error_number == EROFS || error_number == EACCES || error_number == EPERM) {
        code = ErrorCode::kCorpusReadOnly;
    }
    return {code, std::string(format.name) + ": cannot write: " +
                      std::strerror(error_number)};  // NOLINT(concurrency-mt-unsafe)
}

bool write_all(int descriptor, std::span<const std::byte> bytes, std::uint64_t at) {
    while (!bytes.empty()) {
        const ssize_t written =
            pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        at += static_cast<std::uint64_t>(written);
    }
    return true;
}

/// Everything but the name. @return errno, 0: done, ECANCELED: stopped
int write_file(int descriptor,
               const SnapshotFormat& format,
               const SnapshotTag& tag,
               const PutArrays& put,
               const std::stop_token& stop) {
    if (ftruncate(descriptor, 0) != 0 || ftruncate(descriptor, kHeaderRoom) != 0) {
        return errno;
    }
    SnapshotWriter out(descriptor, format.sum_bytes, stop);
    if (!put(out) || !out.flush()) {
        return stop.stop_requested() ? ECANCELED : errno;
    }
    std::vector<std::byte> tables;
    for (const auto bytes : {std::as_bytes(out.counts()), std::as_bytes(out.sums())}) {
        tables.insert(tables.end(), bytes.begin(), bytes.end());
    }
    SnapshotHeader header;
    header.magic = format.magic;
    header.version = format.version;
    header.tag = tag;
    header.parts = out.counts().size() / format.counts;
    header.data_bytes = out.bytes();
    header.tables_sum = checksum(tables);
    header.header_sum = sum_of(header);
    // The header last: without it the file is none, whatever a crash leaves of the rest.
    if (!write_all(descriptor, tables, kHeaderRoom + out.bytes()) ||
        !write_all(descriptor, std::as_bytes(std::span(&header, 1)), 0) || fsync(descriptor) != 0) {
        return errno;
    }
    return 0;
}

/// Whether `file` is still what `descriptor` has open: another writer may have renamed it away
/// before the lock was ours.
bool is_same_file(int descriptor, const std::filesystem::path& file) {
    struct stat opened {};
    struct stat named {};
    return fstat(descriptor, &opened) == 0 && stat(file.c_str(), &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

void sync_folder(const std::filesystem::path& folder) {
    const base::UniqueFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // A name that does not outlive a crash costs a rebuild.
    (void)fsync(opened.get());
}

}  // namespace

bool SnapshotWriter::flush() {
    if (block_.empty()) {
        return true;
    }
    for (std::size_t from = 0; from < block_.size(); from += sum_bytes_) {
        sums_.push_back(
            checksum(std::span(block_).subspan(from, std::min(sum_bytes_, block_.size() - from))));
    }
    const bool is_written = write_all(descriptor_, block_, kHeaderRoom + bytes_);
    bytes_ += block_.size();
    block_.clear();
    return is_written;
}

bool SnapshotWriter::put_bytes(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto now = bytes.first(std::min(bytes.size(), kBlockBytes - block_.size()));
        block_.insert(block_.end(), now.begin(), now.end());
        bytes = bytes.subspan(now.size());
        if (block_.size() == kBlockBytes && (stop_.stop_requested() || !flush())) {
            return false;
        }
    }
    return true;
}

bool SnapshotWriter::put_zeros_to(std::uint64_t alignment) {
    constexpr std::array<std::byte, MappedPages::kPageBytes> kZeros{};
    const std::uint64_t at = bytes_ + block_.size();
    return put_bytes(std::span(kZeros).first(padded(at, alignment) - at));
}

Result<SnapshotWritten> write_snapshot(const std::filesystem::path& file,
                                       const SnapshotFormat& format,
                                       const SnapshotTag& tag,
                                       const PutArrays& put,
                                       const std::stop_token& stop,
                                       std::optional<Snapshot>* made) {
    const std::filesystem::path fresh = file.native() + ".new";
    const base::UniqueFd opened(
        ::open(fresh.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!opened.is_open()) {
        return cannot_write(format, errno);
    }
    if (flock(opened.get(), LOCK_EX | LOCK_NB) != 0 || !is_same_file(opened.get(), fresh)) {
        return SnapshotWritten::kOtherWriter;
    }
    try {
        const int failed = write_file(opened.get(), format, tag, put, stop);
        if (failed == ECANCELED) {
            ::unlink(fresh.c_str());
            return Error{ErrorCode::kCancelled, "stopped while writing the index"};
        }
        if (failed != 0 || std::rename(fresh.c_str(), file.c_str()) != 0) {
            const int error_number = failed != 0 ? failed : errno;
            ::unlink(fresh.c_str());
            return cannot_write(format, error_number);
        }
    } catch (const DamagedSnapshot& damaged) {
        ::unlink(fresh.c_str());
        return damaged_snapshot(damaged.what());
    } catch (const std::bad_alloc&) {
        ::unlink(fresh.c_str());
        return Error{ErrorCode::kInternal, "out of memory while writing the index"};
    }
    sync_folder(file.parent_path());
    if (made != nullptr) {
        std::string why;
        *made = Snapshot::of(opened.get(), format, why);
    }
    return SnapshotWritten::kYes;
}

}  // namespace refrain::index
