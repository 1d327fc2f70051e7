#include "service/upload_book.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "service/json_input.h"

namespace refrain::service {

namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr std::uint64_t kSegments = 8;  // of all bytes, so that an eighth goes at a time
constexpr std::uint64_t kLongestHeader = 64 * 1024;
constexpr std::uint64_t kLongestRecord = 64U << 20;

Error file_error(const std::filesystem::path& file, const std::string& what) {
    const int code = errno;
    return {code == ENOSPC || code == EDQUOT || code == EFBIG ? ErrorCode::kDiskFull
                                                              : ErrorCode::kUnreadable,
            file.string() + ": " + what + ": " + std::generic_category().message(code)};
}

/// An entry: the lengths of its header and record, the header, the record.
using Lengths = std::array<std::uint64_t, 2>;

Sha256 sha256_of(const std::string& hex) {
    Sha256 digest{};
    for (std::size_t i = 0; 2 * i + 1 < hex.size() && i < digest.size(); ++i) {
        digest[i] =
            static_cast<std::uint8_t>(std::strtoul(hex.substr(2 * i, 2).c_str(), nullptr, 16));
    }
    return digest;
}

/// Reads the entries of a file until one is torn. @param wants_record  else queries stay empty
void read_entries(const std::filesystem::path& file,
                  bool wants_record,
                  const std::function<bool(KeptUpload&&, std::uint64_t bytes)>& visit) {
    std::ifstream stream(file, std::ios::binary);
    for (Lengths lengths{}; stream.read(reinterpret_cast<char*>(lengths.data()), sizeof lengths);) {
        const auto [header_bytes, record_bytes] = lengths;
        if (header_bytes > kLongestHeader || record_bytes > kLongestRecord) {
            return;
        }
        std::string header(header_bytes, '\0');
        std::vector<char> record(wants_record ? record_bytes : 0);
        stream.read(header.data(), static_cast<std::streamsize>(header.size()));
        if (wants_record) {
            stream.read(record.data(), static_cast<std::streamsize>(record.size()));
        } else {
            stream.ignore(static_cast<std::streamsize>(record_bytes));
        }
        const JsonInput read = read_json(header);
        if (!stream || !read.problem.empty() || !read.value.is_object()) {
            return;
        }
        KeptUpload upload;
        upload.name = read.value.value("name", "");
        upload.asked_at_us = read.value.value("at_us", std::int64_t{0});
        if (wants_record) {
            auto query = decode_fingerprint(std::as_bytes(std::span(record)));
            if (!query) {
                return;
            }
            upload.query = std::move(*query);
        } else {
            upload.query.media.digest.sha256 = sha256_of(read.value.value("sha256", ""));
        }
        if (!visit(std::move(upload), sizeof lengths + header_bytes + record_bytes)) {
            return;
        }
    }
}

std::string entry_of(const KeptUpload& upload, const std::vector<std::byte>& record) {
    const std::string header = one_line({{"name", upload.name},
                                         {"at_us", upload.asked_at_us},
                                         {"sha256", to_hex(upload.query.media.digest.sha256)}});
    const Lengths lengths{header.size(), record.size()};
    std::string entry(reinterpret_cast<const char*>(lengths.data()), sizeof lengths);
    entry += header;
    entry.append(reinterpret_cast<const char*>(record.data()), record.size());
    return entry;
}

}  // namespace

Result<std::unique_ptr<UploadBook>> UploadBook::open(const std::filesystem::path& folder,
                                                     const UploadLimits& limits) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
    if (failed) {
        return Error{ErrorCode::kUnreadable, folder.string() + ": " + failed.message()};
    }
    // The constructor is private. NOLINTNEXTLINE(modernize-make-unique)
    std::unique_ptr<UploadBook> book(new UploadBook(folder, limits));
    std::vector<std::uint64_t> numbers;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
        if (entry.path().extension() == ".uploads") {
            numbers.push_back(std::strtoull(entry.path().stem().c_str(), nullptr, 10));
        }
    }
    std::ranges::sort(numbers);
    for (const std::uint64_t number : numbers) {
        Segment segment;
        segment.file = folder / (std::to_string(number) + ".uploads");
        read_entries(segment.file, false, [&](KeptUpload&& upload, std::uint64_t bytes) {
            segment.bytes += bytes;
            segment.newest_us = std::max(segment.newest_us, upload.asked_at_us);
            segment.held.insert(upload.query.media.digest.sha256);
            return true;
        });
        book->segments_.push_back(std::move(segment));
        book->next_ = number + 1;
    }
    if (Result<void> begun = book->begin_segment(); !begun) {
        return begun.error();
    }
    return book;
}

Result<void> UploadBook::begin_segment() {
    Segment segment;
    segment.file = folder_ / (std::to_string(next_) + ".uploads");
    server::Descriptor descriptor(::open(
        segment.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, kOwnerOnly));
    if (!descriptor.is_open()) {
        return file_error(segment.file, "open");
    }
    descriptor_ = std::move(descriptor);
    segments_.push_back(std::move(segment));
    ++next_;
    return {};
}

bool UploadBook::holds(const Sha256& sha256) const {
    return std::ranges::any_of(
        segments_, [&](const Segment& segment) { return segment.held.contains(sha256); });
}

/// The segment that is written stays.
void UploadBook::drop_old(std::int64_t now_us) {
    const auto total = [this] {
        std::uint64_t bytes = 0;
        for (const Segment& segment : segments_) {
            bytes += segment.bytes;
        }
        return bytes;
    };
    while (segments_.size() > 1 &&
           (total() > limits_.bytes || segments_.front().newest_us < now_us - limits_.keep_us)) {
        std::error_code ignored;
        std::filesystem::remove(segments_.front().file, ignored);
        segments_.pop_front();
    }
}

Result<void> UploadBook::put(const KeptUpload& upload) {
    const auto record = encode_fingerprint(upload.query);
    if (!record) {
        return record.error();
    }
    const std::string entry = entry_of(upload, *record);
    const std::scoped_lock lock(mutex_);
    if (holds(upload.query.media.digest.sha256)) {
        return {};
    }
    if (entry.size() > limits_.bytes / 2) {
        return Error{ErrorCode::kTooLarge, "an upload takes more than half of what all may take"};
    }
    if (segments_.back().bytes + entry.size() > limits_.bytes / kSegments) {
        if (Result<void> begun = begin_segment(); !begun) {
            return begun;
        }
    }
    Segment& segment = segments_.back();
    const ssize_t written = ::write(descriptor_.get(), entry.data(), entry.size());
    if (written != static_cast<ssize_t>(entry.size())) {
        const Error failure = file_error(segment.file, "write");
        // Half an entry would hide those behind it.
        static_cast<void>(!::ftruncate(descriptor_.get(), static_cast<off_t>(segment.bytes)));
        return failure;
    }
    segment.bytes += entry.size();
    segment.newest_us = std::max(segment.newest_us, upload.asked_at_us);
    segment.held.insert(upload.query.media.digest.sha256);
    drop_old(upload.asked_at_us);
    return {};
}

std::uint64_t UploadBook::each(std::int64_t now_us,
                               const std::function<bool(KeptUpload&&)>& visit) {
    std::vector<std::pair<std::filesystem::path, std::uint64_t>> files;
    {
        const std::scoped_lock lock(mutex_);
        drop_old(now_us);
        for (const Segment& segment : segments_) {
            files.emplace_back(segment.file, segment.bytes);
        }
    }
    std::uint64_t visited = 0;
    bool goes_on = true;
    for (const auto& [file, whole] : files) {
        std::uint64_t at = 0;
        read_entries(file, true, [&, end = whole](KeptUpload&& upload, std::uint64_t bytes) {
            at += bytes;
            if (at > end) {
                return false;  // it is being written
            }
            if (upload.asked_at_us >= now_us - limits_.keep_us) {
                ++visited;
                goes_on = visit(std::move(upload));
            }
            return goes_on;
        });
        if (!goes_on) {
            break;
        }
    }
    return visited;
}

std::uint64_t UploadBook::bytes() const {
    const std::scoped_lock lock(mutex_);
    std::uint64_t bytes = 0;
    for (const Segment& segment : segments_) {
        bytes += segment.bytes;
    }
    return bytes;
}

}  // namespace refrain::service
