#include "service/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <system_error>
#include <utility>

namespace refrain::service {

namespace {

constexpr mode_t kOwnerOnly = 0600;

Error file_error(const std::filesystem::path& file, const std::string& what) {
    const int code = errno;
    return {code == ENOSPC || code == EDQUOT ? ErrorCode::kDiskFull : ErrorCode::kUnreadable,
            file.string() + ": " + what + ": " + std::generic_category().message(code)};
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

Journal::Journal(std::filesystem::path file, int descriptor, std::uint64_t bytes)
    : file_(std::move(file)), descriptor_(descriptor), bytes_(bytes) {}

Journal::~Journal() { ::close(descriptor_); }

Result<std::unique_ptr<Journal>> Journal::open(const std::filesystem::path& file,
                                               const std::function<void(const Json&)>& visit) {
    const int descriptor =
        ::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kOwnerOnly);
    if (descriptor < 0) {
        return file_error(file, "open");
    }
    // The constructor is private. NOLINTNEXTLINE(modernize-make-unique)
    std::unique_ptr<Journal> journal(new Journal(file, descriptor, 0));
    std::ifstream stream(file, std::ios::binary);
    std::string line;
    while (std::getline(stream, line) && !stream.eof()) {
        ++journal->lines_;
        const JsonInput read = read_json(line);
        if (!read.problem.empty() || !read.value.is_object()) {
            return Error{
                ErrorCode::kCorpusDamaged,
                file.string() + ": line " + std::to_string(journal->lines_) + " is no JSON object"};
        }
        try {
            visit(read.value);
        } catch (const Json::exception& error) {
            return Error{
                ErrorCode::kCorpusDamaged,
                file.string() + ": line " + std::to_string(journal->lines_) + ": " + error.what()};
        }
        journal->bytes_ += line.size() + 1;
    }
    if (::ftruncate(descriptor, static_cast<off_t>(journal->bytes_)) != 0) {
        return file_error(file, "truncate");
    }
    return journal;
}

Result<void> Journal::append(const Json& line) {
    const std::scoped_lock lock(mutex_);
    const std::string text = one_line(line) + "\n";
    if (!write_all(descriptor_, text) || ::fdatasync(descriptor_) != 0) {
        const Error failure = file_error(file_, "write");
        static_cast<void>(!::ftruncate(descriptor_, static_cast<off_t>(bytes_)));
        return failure;
    }
    bytes_ += text.size();
    ++lines_;
    return {};
}

Result<void> Journal::replace(const std::vector<Json>& lines) {
    const std::scoped_lock lock(mutex_);
    const std::string next = file_.native() + ".new";
    const int descriptor =
        ::open(next.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, kOwnerOnly);
    if (descriptor < 0) {
        return file_error(file_, "open its successor");
    }
    std::uint64_t bytes = 0;
    bool is_written = true;
    for (const Json& line : lines) {
        const std::string text = one_line(line) + "\n";
        is_written = is_written && write_all(descriptor, text);
        bytes += text.size();
    }
    if (!is_written || ::fsync(descriptor) != 0 || ::rename(next.c_str(), file_.c_str()) != 0) {
        const Error failure = file_error(file_, "replace");
        ::close(descriptor);
        return failure;
    }
    ::close(descriptor_);
    descriptor_ = descriptor;
    bytes_ = bytes;
    lines_ = lines.size();
    return {};
}

std::uint64_t Journal::lines() const {
    const std::scoped_lock lock(mutex_);
    return lines_;
}

}  // namespace refrain::service
