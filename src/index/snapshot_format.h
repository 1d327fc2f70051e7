#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "index/mapped_pages.h"
#include "index/snapshot.h"

// What reading and writing a snapshot agree upon. Persistent format on disk: a change needs new
// versions of all formats.

namespace refrain::index {

inline constexpr std::size_t kHeaderRoom = 4096;
inline constexpr std::size_t kBlockBytes = std::size_t{4} << 20;
inline constexpr std::size_t kArrayAlignment = 64;

struct SnapshotHeader {
    std::uint64_t magic = 0;
    std::uint32_t version = 0;
    std::uint32_t header_bytes = sizeof(SnapshotHeader);
    SnapshotTag tag;
    std::uint64_t parts = 0;
    std::uint64_t data_bytes = 0;
    std::uint64_t tables_sum = 0;  ///< of what follows the data
    std::uint64_t header_sum = 0;  ///< of this header with 0 here
};

constexpr std::uint64_t padded(std::uint64_t bytes, std::uint64_t to = kArrayAlignment) {
    return (bytes + to - 1) / to * to;
}

constexpr std::uint64_t sums_of(std::uint64_t data_bytes, const SnapshotFormat& format) {
    return (data_bytes + format.sum_bytes - 1) / format.sum_bytes;
}

constexpr std::uint64_t tables_bytes(const SnapshotHeader& header, const SnapshotFormat& format) {
    return (header.parts * format.counts + sums_of(header.data_bytes, format)) *
           sizeof(std::uint64_t);
}

/// The sum of a header in whose place for it stands 0.
[[nodiscard]] std::uint64_t sum_of(SnapshotHeader header);

/// What a sound file holds, taken in the order in which it was put.
///
/// Thread safety: one thread at a time.
class SnapshotArrays {
  public:
    /// @param tables  `counts` numbers for each part
    SnapshotArrays(std::span<const std::byte> data,
                   std::span<const std::byte> tables,
                   std::uint32_t counts,
                   std::shared_ptr<const std::byte> mapping,
                   std::shared_ptr<const MappedPages> pages = nullptr)
        : data_bytes_(data.size()),
          rest_(data),
          tables_(tables),
          counts_(counts),
          mapping_(std::move(mapping)),
          pages_(std::move(pages)) {}

    /// The counts of the next part; empty: there is no more.
    [[nodiscard]] std::vector<std::uint64_t> next_part();
    /// The next array; empty where the data is used up too early.
    /// @param count  at most `data_bytes()`
    template <typename T>
    [[nodiscard]] std::span<const T> take(std::uint64_t count) {
        const std::uint64_t bytes = padded(count * sizeof(T));
        if (bytes > rest_.size()) {
            rest_ = {};
            return {};
        }
        const auto* first = reinterpret_cast<const T*>(rest_.data());
        rest_ = rest_.subspan(bytes);
        return {first, static_cast<std::size_t>(count)};
    }
    /// Goes on with the next page, as SnapshotWriter::begin_page did.
    void begin_page() {
        const std::uint64_t at = data_bytes_ - rest_.size();
        rest_ = rest_.subspan(
            std::min<std::uint64_t>(padded(at, MappedPages::kPageBytes) - at, rest_.size()));
    }
    /// Of what was not taken yet.
    [[nodiscard]] std::uint64_t data_bytes() const { return rest_.size(); }
    /// Keeps the arrays where they are.
    [[nodiscard]] const std::shared_ptr<const std::byte>& owner() const { return mapping_; }
    /// Verifies what is taken; null: all is verified already.
    [[nodiscard]] const std::shared_ptr<const MappedPages>& pages() const { return pages_; }

  private:
    std::uint64_t data_bytes_;
    std::span<const std::byte> rest_;
    std::span<const std::byte> tables_;
    std::uint32_t counts_;
    std::shared_ptr<const std::byte> mapping_;
    std::shared_ptr<const MappedPages> pages_;
};

/// Writes arrays one after the other in blocks, and remembers the sum of each.
///
/// Thread safety: one thread at a time.
class SnapshotWriter {
  public:
    SnapshotWriter(int descriptor, std::size_t sum_bytes, std::stop_token stop)
        : descriptor_(descriptor), sum_bytes_(sum_bytes), stop_(std::move(stop)) {
        block_.reserve(kBlockBytes);
    }

    /// @return whether to go on
    template <typename T>
    [[nodiscard]] bool put(std::span<const T> array) {
        return put_some(array) && end_array();
    }
    /// Puts what comes next of an array.
    template <typename T>
    [[nodiscard]] bool put_some(std::span<const T> some) {
        return put_bytes(std::as_bytes(some));
    }
    /// Ends an array that was put piece by piece.
    [[nodiscard]] bool end_array() { return put_zeros_to(kArrayAlignment); }
    /// The next array begins with a page.
    [[nodiscard]] bool begin_page() { return put_zeros_to(MappedPages::kPageBytes); }
    /// Ends a part whose arrays were put. @param counts  as many as the format says
    void end_part(std::span<const std::uint64_t> counts) {
        counts_.insert(counts_.end(), counts.begin(), counts.end());
    }

    [[nodiscard]] bool flush();
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::span<const std::uint64_t> counts() const { return counts_; }
    [[nodiscard]] std::span<const std::uint64_t> sums() const { return sums_; }

  private:
    [[nodiscard]] bool put_bytes(std::span<const std::byte> bytes);
    [[nodiscard]] bool put_zeros_to(std::uint64_t alignment);

    int descriptor_;
    std::size_t sum_bytes_;
    std::stop_token stop_;
    std::vector<std::byte> block_;
    std::vector<std::uint64_t> counts_;
    std::vector<std::uint64_t> sums_;
    std::uint64_t bytes_ = 0;
};

[[nodiscard]] Error damaged_snapshot(const char* what);

/// Takes all parts of a snapshot.
///
/// @param arrays   as Snapshot::load or Snapshot::load_unverified gave them
/// @param may_fit  whether the counts of a part are such that its arrays can be in the file
/// @param take     makes a part of its arrays; one without a segment: they do not fit each other
template <typename Part, typename MayFit, typename Take>
[[nodiscard]] Result<std::vector<Part>> load_parts(Result<SnapshotArrays> arrays,
                                                   const MayFit& may_fit,
                                                   const Take& take) {
    if (!arrays) {
        return arrays.error();
    }
    try {
        std::vector<Part> parts;
        for (auto counts = arrays->next_part(); !counts.empty(); counts = arrays->next_part()) {
            if (!may_fit(counts, arrays->data_bytes())) {
                return damaged_snapshot("a segment is larger than the file");
            }
            Part part = take(*arrays, counts);
            if (part.segment == nullptr) {
                return damaged_snapshot("the arrays of a segment do not fit each other");
            }
            parts.push_back(std::move(part));
        }
        return parts;
    } catch (const DamagedSnapshot& damaged) {
        return damaged_snapshot(damaged.what());
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::kInternal, "out of memory while reading an index"};
    }
}

}  // namespace refrain::index
