#include "index/mapped_pages.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "index/snapshot.h"

namespace refrain::index {

namespace {

// After a page that was not in memory so many more are asked for ahead.
constexpr int kAskedAfterOneMissed = 256;

}  // namespace

MappedPages::MappedPages(std::shared_ptr<const std::byte> mapping,
                         std::span<const std::byte> data,
                         const std::byte* sums,
                         base::UniqueFd file,
                         std::uint64_t at_file)
    : mapping_(std::move(mapping)),
      data_(data),
      sums_(sums),
      file_(std::move(file)),
      at_file_(at_file),
      verified_((data.size() / kPageBytes + 1 + 63) / 64) {
    // What is copied lies anywhere. Only faster, so that failure does not matter.
    (void)::posix_fadvise(file_.get(), 0, 0, POSIX_FADV_RANDOM);
}

std::span<const std::byte> MappedPages::page(std::size_t number) const {
    const std::size_t at = number * kPageBytes;
    return data_.subspan(at, std::min(kPageBytes, data_.size() - at));
}

bool MappedPages::is_sound(std::size_t page, std::span<const std::byte> bytes) const {
    std::uint64_t expected = 0;
    std::memcpy(&expected, sums_ + page * sizeof(expected), sizeof(expected));
    return checksum(bytes) == expected;
}

void MappedPages::verify(std::size_t page) const {
    if (!is_sound(page, this->page(page))) {
        throw DamagedSnapshot("a page of a snapshot is damaged");
    }
    set_verified(page);
}

void MappedPages::read(std::uint64_t at, std::span<std::byte> out) const {
    bool may_wait = false;
    while (!out.empty()) {
        const iovec to{out.data(), out.size()};
        const ssize_t bytes = ::preadv2(file_.get(), &to, 1, static_cast<off_t>(at_file_ + at),
                                        may_wait ? 0 : RWF_NOWAIT);
        if (bytes < 0 && !may_wait) {
            // Not in memory, or a file system that cannot tell.
            may_wait = true;
            worth_asking_ = errno == EAGAIN ? kAskedAfterOneMissed : 0;
            continue;
        }
        if (bytes < 0 && errno == EINTR) {
            continue;
        }
        if (bytes <= 0) {
            throw DamagedSnapshot("a page of a snapshot cannot be read");
        }
        at += static_cast<std::uint64_t>(bytes);
        out = out.subspan(static_cast<std::size_t>(bytes));
    }
}

std::span<const std::byte> MappedPages::copied(std::span<const std::byte> within,
                                               std::span<std::byte> room) const {
    const std::size_t number = page_of(within.data());
    const auto offset = static_cast<std::size_t>(within.data() - page(number).data());
    if (is_verified(number)) {
        const std::span<std::byte> own = room.first(within.size());
        read(number * kPageBytes + offset, own);
        return own;
    }
    const std::span<std::byte> whole = room.first(page(number).size());
    read(number * kPageBytes, whole);
    if (!is_sound(number, whole)) {
        throw DamagedSnapshot("a page of a snapshot is damaged");
    }
    set_verified(number);
    return whole.subspan(offset, within.size());
}

void MappedPages::ask_for(const std::byte* at) const {
    if (worth_asking_.load(std::memory_order_relaxed) <= 0) {
        return;
    }
    worth_asking_.fetch_sub(1, std::memory_order_relaxed);
    const auto begin = static_cast<off_t>(at_file_ + page_of(at) * kPageBytes);
    // Only faster, so that failure does not matter.
    (void)::posix_fadvise(file_.get(), begin, kPageBytes, POSIX_FADV_WILLNEED);
}

}  // namespace refrain::index
