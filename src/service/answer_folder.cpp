#include "service/answer_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "access/secrets.h"

namespace refrain::service {

namespace {

constexpr std::string_view kPrefix = "explain-";

/// The open and locked folder; -1: somebody else holds it, or there is none.
int lock_of(const std::filesystem::path& folder) {
    const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened >= 0 && ::flock(opened, LOCK_EX | LOCK_NB) != 0) {
        ::close(opened);
        return -1;
    }
    return opened;
}

}  // namespace

Result<AnswerFolder> AnswerFolder::make(const std::filesystem::path& spool) {
    std::filesystem::path path = spool / (std::string(kPrefix) + access::random_hex(8));
    if (::mkdir(path.c_str(), S_IRWXU) != 0) {
        const int failed = errno;
        return Error{
            failed == ENOSPC || failed == EDQUOT ? ErrorCode::kDiskFull : ErrorCode::kUnreadable,
            "spool: " + std::generic_category().message(failed)};
    }
    const int lock = lock_of(path);
    if (lock < 0) {
        // Another process that starts took it for an abandoned one.
        return Error{ErrorCode::kUnreadable, "spool: a folder was removed as it was made"};
    }
    return AnswerFolder(std::move(path), lock);
}

AnswerFolder::~AnswerFolder() {
    if (lock_ >= 0) {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
        ::close(lock_);
    }
}

std::size_t remove_abandoned_answers(const std::filesystem::path& spool) {
    std::vector<std::filesystem::path> folders;
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(spool, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        if (entry->path().filename().native().starts_with(kPrefix)) {
            folders.push_back(entry->path());
        }
    }
    std::size_t removed = 0;
    for (const std::filesystem::path& folder : folders) {
        const int lock = lock_of(folder);
        if (lock >= 0) {
            std::filesystem::remove_all(folder, failed);
            removed += failed ? 0U : 1U;
            ::close(lock);
        }
    }
    return removed;
}

}  // namespace refrain::service
