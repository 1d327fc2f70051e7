#include "store/sqlite/log_check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "base/unique_fd.h"
#include "store/sqlite/sqlite_error.h"

namespace refrain::store {

namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kSummedFrameHeaderBytes = 8;
constexpr std::size_t kSummedHeaderBytes = 24;
/// As our databases are made. The database itself must not be opened to look: closing it would drop
/// the locks that SQLite holds on it for this process.
constexpr std::size_t kOwnPageBytes = 4096;
constexpr std::size_t kLeastPageBytes = 512;
constexpr std::size_t kMostPageBytes = 65'536;
/// Its lowest bit says that checksums read words with the highest byte first.
constexpr std::uint32_t kMagic = 0x377F0682;

/// GCC and clang make one load of it.
std::uint32_t little_endian(std::span<const std::byte> bytes, std::size_t at) {
    return std::to_integer<std::uint32_t>(bytes[at]) |
           std::to_integer<std::uint32_t>(bytes[at + 1]) << 8U |
           std::to_integer<std::uint32_t>(bytes[at + 2]) << 16U |
           std::to_integer<std::uint32_t>(bytes[at + 3]) << 24U;
}

std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t at) {
    return __builtin_bswap32(little_endian(bytes, at));
}

/// The pair of words that each frame carries on from the one before it.
struct Sum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;

    void add(std::span<const std::byte> bytes, bool is_big_endian) {
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            first += (is_big_endian ? big_endian(bytes, at) : little_endian(bytes, at)) + second;
            second +=
                (is_big_endian ? big_endian(bytes, at + 4) : little_endian(bytes, at + 4)) + first;
        }
    }
    friend bool operator==(const Sum&, const Sum&) = default;
};

struct Salt {
    std::uint32_t first = 0;
    std::uint32_t second = 0;

    friend bool operator==(const Salt&, const Salt&) = default;
};

/// Where a log is damaged.
struct Damage {
    std::uint64_t at = 0;       ///< byte of the frame, or 0: the header
    std::uint64_t commits = 0;  ///< that cannot be reached

    friend bool operator==(const Damage&, const Damage&) = default;
};

/// @return whether all bytes were there
bool read_at(int descriptor, std::uint64_t at, std::span<std::byte> into) {
    while (!into.empty()) {
        const ssize_t got = ::pread(descriptor, into.data(), into.size(), static_cast<off_t>(at));
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            return false;
        }
        const auto count = static_cast<std::size_t>(got < 0 ? 0 : got);
        into = into.subspan(count);
        at += count;
    }
    return true;
}

/// Goes through the frames of a log once.
class LogWalk {
  public:
    explicit LogWalk(int log) : log_(log) {}

    std::optional<Damage> run() {
        std::array<std::byte, kHeaderBytes> header{};
        struct stat info {};
        // What is written while this goes on lies beyond.
        if (::fstat(log_, &info) != 0 || !read_at(log_, 0, header)) {
            return std::nullopt;
        }
        read_header(header);
        const auto bytes = static_cast<std::uint64_t>(info.st_size);
        for (std::uint64_t at = kHeaderBytes; at + frame_.size() <= bytes; at += frame_.size()) {
            if (!read_at(log_, at, frame_)) {
                break;
            }
            take_frame(at);
        }
        return damage_.commits > 0 ? std::optional(damage_) : std::nullopt;
    }

  private:
    void read_header(std::span<const std::byte> header) {
        is_big_endian_ = (big_endian(header, 0) & 1U) != 0;
        stored_ = {big_endian(header, 24), big_endian(header, 28)};
        salt_ = {big_endian(header, 16), big_endian(header, 20)};
        computed_.add(header.first(kSummedHeaderBytes), is_big_endian_);
        is_header_sound_ = computed_ == stored_ && (big_endian(header, 0) & ~1U) == kMagic;
        is_sound_ = is_header_sound_;
        std::size_t page_bytes = big_endian(header, 8);
        if (!is_header_sound_) {
            // What a machine like this one would have written.
            is_big_endian_ = std::endian::native == std::endian::big;
            page_bytes = kOwnPageBytes;
        }
        page_bytes = std::clamp(page_bytes, kLeastPageBytes, kMostPageBytes);
        frame_.resize(kFrameHeaderBytes + page_bytes);
    }

    /// `frame_` holds the frame.
    void take_frame(std::uint64_t at) {
        const std::span<const std::byte> frame(frame_);
        const bool is_commit = big_endian(frame, 4) != 0;
        const Salt salt{big_endian(frame, 8), big_endian(frame, 12)};
        const Sum written{big_endian(frame, 16), big_endian(frame, 20)};
        const Sum sum = sum_after(stored_);
        const bool is_ours = !is_header_sound_ || salt == salt_;
        const bool is_next = is_ours && (sum == written ||
                                         (computed_ != stored_ && sum_after(computed_) == written));
        stored_ = written;
        computed_ = sum;
        if (is_sound_ && is_next) {
            return;
        }
        if (is_sound_) {
            is_sound_ = false;
            damage_.at = at;
        }
        if (!is_next) {
            // What follows may still follow from it, and then it was a commit if it says so.
            commits_ = is_commit ? 1 : 0;
            return;
        }
        commits_ += is_commit ? 1 : 0;
        if (is_commit && commits_ >= 2) {
            damage_.commits = std::max(damage_.commits, commits_);
        }
    }

    [[nodiscard]] Sum sum_after(Sum sum) const {
        const std::span<const std::byte> frame(frame_);
        sum.add(frame.first(kSummedFrameHeaderBytes), is_big_endian_);
        sum.add(frame.subspan(kFrameHeaderBytes), is_big_endian_);
        return sum;
    }

    int log_;
    std::vector<std::byte> frame_;
    Salt salt_;
    Sum stored_;    ///< of the frame before, or of the header, as written there
    Sum computed_;  ///< the same from its bytes; another one where it is damaged
    bool is_big_endian_ = false;
    bool is_header_sound_ = false;
    bool is_sound_ = false;  ///< SQLite would come so far
    std::uint64_t commits_ = 0;
    Damage damage_;
};

}  // namespace

Result<void> check_log(const std::filesystem::path& database) {
    const base::UniqueFd log(
        ::open((database.native() + "-wal").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!log.is_open()) {
        return errno == ENOENT || errno == EACCES
                   ? Result<void>()
                   : Result<void>(system_error(errno, "cannot open the write-ahead log"));
    }
    const std::optional<Damage> damage = LogWalk(log.get()).run();
    // A frame that was being written looks damaged once, but not twice.
    if (!damage || LogWalk(log.get()).run() != damage) {
        return {};
    }
    return Error{
        ErrorCode::kCorpusDamaged,
        fmt::format("corpus: its write-ahead log is damaged at byte {}: {} commits behind "
                    "it cannot be read; `refrain verify --repair` keeps what stands before",
                    damage->at, damage->commits)};
}

}  // namespace refrain::store
