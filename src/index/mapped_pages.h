#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

#include "base/unique_fd.h"

namespace refrain::index {

/// A page of a snapshot does not hold what was written, or says what cannot be. Thrown by what
/// reads pages, and caught where an index answers: it is kCorpusDamaged there.
class DamagedSnapshot : public std::runtime_error {
  public:
    explicit DamagedSnapshot(const char* what) : std::runtime_error(what) {}
};

/// The data of a snapshot in memory. A page is verified when it is needed for the first time: so an
/// opening reads little, and nothing is ever told from a damaged page.
///
/// Thread safety: safe to share.
class MappedPages {
  public:
    static constexpr std::size_t kPageBytes = 4096;

    /// @param data  begins with a page of the file
    /// @param sums  the checksum of each page, as it lies in the file
    /// @param file  the same file, whose byte `at_file` is the first of the data
    MappedPages(std::shared_ptr<const std::byte> mapping,
                std::span<const std::byte> data,
                const std::byte* sums,
                base::UniqueFd file,
                std::uint64_t at_file);

    /// Verifies the pages of these bytes that nobody needed before.
    /// Cost: a look at one bit for each page, and reading those not verified yet.
    /// @throws DamagedSnapshot
    void need(std::span<const std::byte> bytes) const {
        if (!bytes.empty()) {
            const std::size_t last = page_of(bytes.data() + bytes.size() - 1);
            for (std::size_t page = page_of(bytes.data()); page <= last; ++page) {
                if (!is_verified(page)) {
                    verify(page);
                }
            }
        }
    }

    /// Copies these bytes; with all of their page, and verified, if nobody needed that before. The
    /// page is no memory of this process, and the system gives it up first.
    ///
    /// @param within  of one page
    /// @param room    kPageBytes
    /// @throws DamagedSnapshot  also where the file cannot be read
    [[nodiscard]] std::span<const std::byte> copied(std::span<const std::byte> within,
                                                    std::span<std::byte> room) const;

    /// Asks the system to read the page of this byte, without waiting for it. Does nothing while
    /// what is copied is in memory anyway.
    void ask_for(const std::byte* at) const;

  private:
    [[nodiscard]] std::size_t page_of(const std::byte* at) const {
        return static_cast<std::size_t>(at - data_.data()) / kPageBytes;
    }
    [[nodiscard]] bool is_verified(std::size_t page) const {
        return (verified_[page / 64].load(std::memory_order_relaxed) >> (page % 64) & 1U) != 0;
    }
    [[nodiscard]] std::span<const std::byte> page(std::size_t number) const;
    [[nodiscard]] bool is_sound(std::size_t page, std::span<const std::byte> bytes) const;
    void verify(std::size_t page) const;
    void set_verified(std::size_t page) const {
        // Whoever sees the bit reads the same bytes: nothing else is handed on by it.
        verified_[page / 64].fetch_or(std::uint64_t{1} << (page % 64), std::memory_order_relaxed);
    }
    void read(std::uint64_t at, std::span<std::byte> out) const;

    std::shared_ptr<const std::byte> mapping_;
    std::span<const std::byte> data_;
    const std::byte* sums_;
    base::UniqueFd file_;
    std::uint64_t at_file_;
    mutable std::vector<std::atomic<std::uint64_t>> verified_;  ///< a bit for each page
    mutable std::atomic<int> worth_asking_ = 0;                 ///< so many pages more
};

}  // namespace refrain::index
