#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/unique_fd.h"
#include "index/fork_join.h"
#include "index/snapshot.h"
#include "index/snapshot_format.h"

namespace refrain::index {

namespace {

// More segments than any index has: 2^16 of 2^24 codes.
constexpr std::uint64_t kMostParts = std::uint64_t{1} << 16;

/// Where the file lies in memory; null: `errno` says why not.
std::shared_ptr<const std::byte> map_file(int descriptor, std::size_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED) {
        return nullptr;
    }
    return {static_cast<const std::byte*>(memory), [bytes](const std::byte* at) {
                // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): munmap takes no const
                munmap(const_cast<std::byte*>(at), bytes);
            }};
}

/// Brings pages in before they are read one by one; only faster, so that failure does not matter.
void bring_in(std::span<const std::byte> block) {
#if defined(MADV_POPULATE_READ)
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): madvise takes no const
    madvise(const_cast<std::byte*>(block.data()), block.size(), MADV_POPULATE_READ);
#else
    (void)block;
#endif
}

}  // namespace

std::uint64_t checksum(std::span<const std::byte> bytes) {
    constexpr std::size_t kLanes = 8;
    constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15U;
    std::array<std::uint64_t, kLanes> lanes{};
    for (std::size_t i = 0; i < kLanes; ++i) {
        lanes[i] = kFactor * (i + 1) ^ bytes.size();
    }
    const auto take = [&](const std::byte* from) {
        std::array<std::uint64_t, kLanes> words{};
        std::memcpy(words.data(), from, sizeof(words));
        for (std::size_t i = 0; i < kLanes; ++i) {
            // Each step can be undone, so that one changed word changes the lane for good.
            lanes[i] = std::rotl((lanes[i] ^ words[i]) * kFactor, 29);
        }
    };
    const std::size_t whole = bytes.size() / sizeof(lanes) * sizeof(lanes);
    for (std::size_t at = 0; at < whole; at += sizeof(lanes)) {
        take(bytes.data() + at);
    }
    std::array<std::byte, sizeof(lanes)> rest{};
    if (whole < bytes.size()) {
        std::memcpy(rest.data(), bytes.data() + whole, bytes.size() - whole);
        take(rest.data());
    }
    std::uint64_t sum = 0;
    for (const std::uint64_t lane : lanes) {
        sum = std::rotl((sum ^ lane) * kFactor, 29);
    }
    return sum ^ sum >> 32;
}

std::uint64_t sum_of(SnapshotHeader header) {
    header.header_sum = 0;
    return checksum(std::as_bytes(std::span(&header, 1)));
}

Error damaged_snapshot(const char* what) { return {ErrorCode::kCorpusDamaged, what}; }

std::vector<std::uint64_t> SnapshotArrays::next_part() {
    const std::size_t bytes = counts_ * sizeof(std::uint64_t);
    if (tables_.size() < bytes) {
        return {};
    }
    std::vector<std::uint64_t> counts(counts_);
    std::memcpy(counts.data(), tables_.data(), bytes);
    tables_ = tables_.subspan(bytes);
    return counts;
}

std::optional<Snapshot> Snapshot::open(const std::filesystem::path& file,
                                       const SnapshotFormat& format,
                                       std::string& why) {
    const base::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.is_open()) {
        why = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): glibc's is safe for errno
        return std::nullopt;
    }
    return of(opened.get(), format, why);
}

std::optional<Snapshot> Snapshot::of(int descriptor,
                                     const SnapshotFormat& format,
                                     std::string& why) {
    auto kept = std::make_shared<const base::UniqueFd>(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    struct stat status {};
    if (!kept->is_open() || fstat(kept->get(), &status) != 0) {
        why = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe): glibc's is safe for errno
        return std::nullopt;
    }
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    if (!S_ISREG(status.st_mode) || bytes < kHeaderRoom) {
        why = "too short";
        return std::nullopt;
    }
    Snapshot snapshot;
    snapshot.mapping_ = map_file(kept->get(), bytes);
    if (snapshot.mapping_ == nullptr) {
        why = "cannot be mapped";
        return std::nullopt;
    }
    SnapshotHeader header;
    std::memcpy(&header, snapshot.mapping_.get(), sizeof(header));
    if (header.magic != format.magic || header.version != format.version ||
        header.header_bytes != sizeof(header)) {
        why = "of another version, or no snapshot";
        return std::nullopt;
    }
    if (header.header_sum != sum_of(header) || header.parts > kMostParts ||
        header.data_bytes > bytes ||
        kHeaderRoom + header.data_bytes + tables_bytes(header, format) != bytes) {
        why = "torn";
        return std::nullopt;
    }
    const auto tables = std::span(snapshot.mapping_.get() + kHeaderRoom + header.data_bytes,
                                  tables_bytes(header, format));
    if (checksum(tables) != header.tables_sum) {
        why = "torn";
        return std::nullopt;
    }
    snapshot.file_ = std::move(kept);
    snapshot.format_ = format;
    snapshot.bytes_ = bytes;
    snapshot.tag_ = header.tag;
    snapshot.data_bytes_ = header.data_bytes;
    snapshot.parts_ = header.parts;
    return snapshot;
}

std::span<const std::byte> Snapshot::data() const {
    return {mapping_.get() + kHeaderRoom, static_cast<std::size_t>(data_bytes_)};
}

bool Snapshot::verify(int threads, const std::stop_token& stop) const {
    const std::span<const std::byte> all = data();
    const std::byte* sums =
        all.data() + all.size() + parts_ * format_.counts * sizeof(std::uint64_t);
    const std::uint64_t blocks = (data_bytes_ + kBlockBytes - 1) / kBlockBytes;
    const std::uint64_t sums_of_block = kBlockBytes / format_.sum_bytes;
    std::atomic<std::uint64_t> next = 0;
    std::atomic<bool> is_sound = true;
    const auto work = [&](std::size_t) {
        for (std::uint64_t block = next++; block < blocks && is_sound && !stop.stop_requested();
             block = next++) {
            const auto at = static_cast<std::size_t>(block * kBlockBytes);
            const auto bytes = all.subspan(at, std::min(kBlockBytes, all.size() - at));
            bring_in(bytes);
            for (std::size_t from = 0; from < bytes.size(); from += format_.sum_bytes) {
                const std::uint64_t place = block * sums_of_block + from / format_.sum_bytes;
                std::uint64_t expected = 0;
                std::memcpy(&expected, sums + place * sizeof(expected), sizeof(expected));
                const auto some = std::min(format_.sum_bytes, bytes.size() - from);
                if (checksum(bytes.subspan(from, some)) != expected) {
                    is_sound = false;
                }
            }
        }
    };
    fork_join(static_cast<std::size_t>(std::max(threads, 1)), work);
    return is_sound;
}

Result<SnapshotArrays> Snapshot::load(int threads, const std::stop_token& stop) const {
    const bool is_sound = verify(threads, stop);
    if (stop.stop_requested()) {
        return Error{ErrorCode::kCancelled, "stopped while reading the index"};
    }
    if (!is_sound) {
        return damaged_snapshot("a checksum is wrong");
    }
    const std::span tables(data().data() + data_bytes_,
                           parts_ * format_.counts * sizeof(std::uint64_t));
    return SnapshotArrays(data(), tables, format_.counts, mapping_);
}

Result<SnapshotArrays> Snapshot::load_unverified() const {
    REFRAIN_CHECK(format_.sum_bytes == MappedPages::kPageBytes);
    base::UniqueFd own(::fcntl(file_->get(), F_DUPFD_CLOEXEC, 0));
    if (!own.is_open()) {
        return Error{ErrorCode::kInternal, "no more files can be opened for an index"};
    }
    const std::span tables(data().data() + data_bytes_,
                           parts_ * format_.counts * sizeof(std::uint64_t));
    auto pages = std::make_shared<const MappedPages>(
        mapping_, data(), tables.data() + tables.size(), std::move(own), kHeaderRoom);
    return SnapshotArrays(data(), tables, format_.counts, mapping_, std::move(pages));
}

}  // namespace refrain::index
