// Snapshots of both indexes with right checksums and arrays that may not fit each other: what the
// checksums cannot notice. The first byte chooses the kind, the second the number of parts; their
// counts follow, two bytes each, then the arrays.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "index/hash_snapshot.h"
#include "index/local_snapshot.h"
#include "index/snapshot_format.h"

namespace {

using namespace refrain;

class Bytes {
  public:
    explicit Bytes(std::span<const std::byte> bytes) : rest_(bytes) {}
    template <typename T>
    T take() {
        T value{};
        const std::size_t size = std::min(sizeof value, rest_.size());
        std::memcpy(&value, rest_.data(), size);
        rest_ = rest_.subspan(size);
        return value;
    }
    [[nodiscard]] std::span<const std::byte> rest() const { return rest_; }

  private:
    std::span<const std::byte> rest_;
};

void append(std::vector<std::byte>& file, std::span<const std::byte> bytes) {
    file.insert(file.end(), bytes.begin(), bytes.end());
}

/// A file that only its contents can betray.
std::vector<std::byte> sealed(Bytes bytes, const index::SnapshotFormat& format) {
    constexpr std::uint64_t kMostParts = 4;
    index::SnapshotHeader header;
    header.magic = format.magic;
    header.version = format.version;
    header.parts = bytes.take<std::uint8_t>() % kMostParts;
    std::vector<std::uint64_t> tables;
    for (std::uint64_t i = 0; i < header.parts * format.counts; ++i) {
        tables.push_back(bytes.take<std::uint16_t>());
    }
    const std::span<const std::byte> data = bytes.rest();
    header.data_bytes = data.size();
    for (std::size_t at = 0; at < data.size(); at += format.sum_bytes) {
        tables.push_back(
            index::checksum(data.subspan(at, std::min(format.sum_bytes, data.size() - at))));
    }
    header.tables_sum = index::checksum(std::as_bytes(std::span(tables)));
    header.header_sum = index::sum_of(header);
    std::vector<std::byte> file;
    append(file, std::as_bytes(std::span(&header, 1)));
    file.resize(index::kHeaderRoom);
    append(file, data);
    append(file, std::as_bytes(std::span(tables)));
    return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const bool is_local = data[0] % 2 == 1;
    const std::vector<std::byte> file =
        sealed(Bytes(std::as_bytes(std::span(data, size)).subspan(1)),
               is_local ? index::kLocalSnapshot : index::kHashSnapshot);
    const base::UniqueFd memory(::memfd_create("snapshot", MFD_CLOEXEC));
    if (::write(memory.get(), file.data(), file.size()) != static_cast<ssize_t>(file.size())) {
        std::abort();
    }
    std::string why;
    const auto snapshot =
        index::Snapshot::open("/proc/self/fd/" + std::to_string(memory.get()),
                              is_local ? index::kLocalSnapshot : index::kHashSnapshot, why);
    if (!snapshot) {
        std::abort();  // the checksums are right
    }
    if (is_local) {
        static_cast<void>(index::load_local_parts(*snapshot));
    } else {
        static_cast<void>(index::load_hash_parts(*snapshot, 1, {}));
    }
    return 0;
}
