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
#include <utility>

#include "base/unique_fd.h"
#include "index/snapshot.h"
#include "index/snapshot_format.h"

namespace refrain::index {

namespace {

Error cannot_write(int error_number) {
    ErrorCode code = ErrorCode::kUnreadable;
    if (error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG) {
        code = ErrorCode::kDiskFull;
    } else if (error_number == EROFS || error_number == EACCES || error_number == EPERM) {
        code = ErrorCode::kCorpusReadOnly;
    }
    return {code, std::string("index snapshot: cannot write: ") +
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

/// Writes arrays one after the other in blocks, and remembers the sum of each.
class BlockWriter {
  public:
    BlockWriter(int descriptor, std::stop_token stop)
        : descriptor_(descriptor), stop_(std::move(stop)) {
        block_.reserve(kBlockBytes);
    }

    /// @return whether to go on
    template <typename T>
    bool put(std::span<const T> array) {
        return put_bytes(std::as_bytes(array)) &&
               put_bytes(std::span(kZeros).first(padded(array.size_bytes()) - array.size_bytes()));
    }
    bool flush() {
        if (block_.empty()) {
            return true;
        }
        sums_.push_back(checksum(block_));
        const bool is_written = write_all(descriptor_, block_, kHeaderRoom + bytes_);
        bytes_ += block_.size();
        block_.clear();
        return is_written;
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::span<const std::uint64_t> sums() const { return sums_; }

  private:
    static constexpr std::array<std::byte, kArrayAlignment> kZeros{};

    bool put_bytes(std::span<const std::byte> bytes) {
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

    int descriptor_;
    std::stop_token stop_;
    std::vector<std::byte> block_;
    std::vector<std::uint64_t> sums_;
    std::uint64_t bytes_ = 0;
};

/// The parts of `state`, the tail as one more.
std::vector<LivePart> parts_to_write(const LiveState& state, const LiveOptions& options) {
    std::vector<LivePart> parts = state.parts;
    LooseCodes tail;
    tail.append_live(state.tail_block());
    const auto made = tail.take_parts(options, 1, {});
    parts.insert(parts.end(), made.begin(), made.end());
    return parts;
}

bool put_part(BlockWriter& out, const LivePart& part, std::vector<SnapshotPart>& entries) {
    const Segment::Arrays& arrays = part.segment->arrays();
    const auto dead = part.dead == nullptr ? std::span<const std::uint64_t>() : part.dead->words();
    entries.push_back({arrays.codes.size(), arrays.buckets.size(), dead.size()});
    return out.put(arrays.codes) && out.put(arrays.ids) && out.put(arrays.buckets) &&
           out.put(arrays.filters) && out.put(arrays.positions) && out.put(dead);
}

/// Everything but the name. @return errno, 0: done, ECANCELED: stopped
int write_file(int descriptor,
               const SnapshotTag& tag,
               const std::vector<LivePart>& parts,
               const std::stop_token& stop) {
    if (ftruncate(descriptor, 0) != 0 || ftruncate(descriptor, kHeaderRoom) != 0) {
        return errno;
    }
    BlockWriter out(descriptor, stop);
    std::vector<SnapshotPart> entries;
    for (const LivePart& part : parts) {
        if (!put_part(out, part, entries)) {
            return stop.stop_requested() ? ECANCELED : errno;
        }
    }
    if (!out.flush()) {
        return errno;
    }
    std::vector<std::byte> tables;
    for (const auto bytes : {std::as_bytes(std::span(entries)), std::as_bytes(out.sums())}) {
        tables.insert(tables.end(), bytes.begin(), bytes.end());
    }
    SnapshotHeader header;
    header.tag = tag;
    header.parts = entries.size();
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

Result<SnapshotWritten> write_snapshot(const std::filesystem::path& file,
                                       const SnapshotTag& tag,
                                       const LiveState& state,
                                       const LiveOptions& options,
                                       const std::stop_token& stop) {
    const std::filesystem::path fresh = file.native() + ".new";
    const base::UniqueFd opened(
        ::open(fresh.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!opened.is_open()) {
        return cannot_write(errno);
    }
    if (flock(opened.get(), LOCK_EX | LOCK_NB) != 0 || !is_same_file(opened.get(), fresh)) {
        return SnapshotWritten::kOtherWriter;
    }
    try {
        const int failed = write_file(opened.get(), tag, parts_to_write(state, options), stop);
        if (failed == ECANCELED) {
            ::unlink(fresh.c_str());
            return Error{ErrorCode::kCancelled, "stopped while writing the index"};
        }
        if (failed != 0 || std::rename(fresh.c_str(), file.c_str()) != 0) {
            const int error_number = failed != 0 ? failed : errno;
            ::unlink(fresh.c_str());
            return cannot_write(error_number);
        }
    } catch (const std::bad_alloc&) {
        ::unlink(fresh.c_str());
        return Error{ErrorCode::kInternal, "out of memory while writing the index"};
    }
    sync_folder(file.parent_path());
    return SnapshotWritten::kYes;
}

}  // namespace refrain::index
