#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "refrain/result.h"

#include "base/unique_fd.h"

namespace refrain::index {

/// Says which state of which store an index was made of. The caller compares it with its store.
struct SnapshotTag {
    std::uint64_t sequence = 0;     ///< of the last change that the index holds
    std::uint64_t change_mark = 0;  ///< `checksum` of that change: differs between two stores
    /// Version of the layout of codes and ids. A snapshot with another version is rebuilt.
    std::uint64_t rules = 0;

    friend bool operator==(const SnapshotTag&, const SnapshotTag&) = default;
};

/// A checksum of 64 bits. It always tells two inputs of one length apart that differ in one word of
/// eight bytes only; others have the same with a chance of 2^-64. It gives no protection against
/// who makes inputs with the same checksum on purpose.
///
/// Cost: about that of reading the bytes.
[[nodiscard]] std::uint64_t checksum(std::span<const std::byte> bytes);

/// One kind of index on disk.
struct SnapshotFormat {
    const char* name = "";    ///< in messages
    std::uint64_t magic = 0;  ///< as a number: another byte order does not match
    std::uint32_t version = 0;
    std::uint32_t counts = 0;  ///< numbers kept with each part, such as the lengths of its arrays
    /// Bytes that share a checksum, a divisor of 4 MiB: few where they are verified one by one.
    std::size_t sum_bytes = std::size_t{4} << 20;
};

class SnapshotArrays;
class SnapshotWriter;

/// The arrays of an index in a file, mapped into memory when it is read: every process shares the
/// pages, and the operating system may drop them. Opening costs the verification of all checksums,
/// or each is verified when its bytes are needed. The file belongs to the machine's byte order.
/// What the arrays are is up to the format: hash_snapshot.h, local_snapshot.h.
///
/// Layout: a page with the header, the arrays of each part one after the other, each padded to
/// 64 bytes, then the counts of each part and a checksum for each `sum_bytes`. Every byte is
/// covered.
class Snapshot {
  public:
    /// Reads and checks header and tables. What is missing, torn, of another format or not ours
    /// at all is nothing to read: no value, and the reason in `why`.
    [[nodiscard]] static std::optional<Snapshot> open(const std::filesystem::path& file,
                                                      const SnapshotFormat& format,
                                                      std::string& why);

    /// The same of a file that is open.
    [[nodiscard]] static std::optional<Snapshot> of(int descriptor,
                                                    const SnapshotFormat& format,
                                                    std::string& why);

    [[nodiscard]] const SnapshotTag& tag() const { return tag_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    /// Verifies every byte and gives the arrays.
    ///
    /// @param threads  >= 1
    /// @error kCorpusDamaged  a checksum is wrong; kCancelled
    [[nodiscard]] Result<SnapshotArrays> load(int threads, const std::stop_token& stop) const;

    /// The arrays, nothing of which is verified yet: SnapshotArrays::pages does so page by page. Of
    /// a format with a checksum for each page.
    /// @error kInternal  no more descriptors
    [[nodiscard]] Result<SnapshotArrays> load_unverified() const;

  private:
    [[nodiscard]] std::span<const std::byte> data() const;
    [[nodiscard]] bool verify(int threads, const std::stop_token& stop) const;

    std::shared_ptr<const std::byte> mapping_;
    std::shared_ptr<const base::UniqueFd> file_;
    SnapshotFormat format_;
    std::uint64_t bytes_ = 0;
    SnapshotTag tag_;
    std::uint64_t data_bytes_ = 0;
    std::uint64_t parts_ = 0;
};

enum class SnapshotWritten { kYes, kOtherWriter };

/// Gives the arrays of an index, part by part. @return false as soon as the writer did
using PutArrays = std::function<bool(SnapshotWriter&)>;

/// Writes an index beside `file`, brings it to disk and gives it its name in one step: a reader
/// sees the old file or the new one. One process at a time; another finds it busy and lets be. What
/// a killed one leaves, `file` + ".new", is written over by the next.
///
/// @param made  where it is given: takes what was written, under whatever name it is by then;
/// nothing
///              where that cannot be opened
/// @error kDiskFull, kCorpusReadOnly, kUnreadable, kCancelled, kInternal; the old file stays
///
/// Cost: the bytes of the index, once; memory for 4 MiB.
[[nodiscard]] Result<SnapshotWritten> write_snapshot(const std::filesystem::path& file,
                                                     const SnapshotFormat& format,
                                                     const SnapshotTag& tag,
                                                     const PutArrays& put,
                                                     const std::stop_token& stop,
                                                     std::optional<Snapshot>* made = nullptr);

}  // namespace refrain::index
