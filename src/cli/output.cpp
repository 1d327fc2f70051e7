#include "cli/output.h"

#include <errno.h>
#include <unistd.h>

#include <system_error>

namespace refrain::cli {

namespace {

/// Writes everything; 0 or the errno of the failure.
int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return errno;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

}  // namespace

bool Output::line(std::string_view text) {
    if (failure_) {
        return false;
    }
    std::string whole(text);
    whole += '\n';
    if (const int code = write_all(STDOUT_FILENO, whole); code != 0) {
        failure_ =
            Error{code == ENOSPC ? ErrorCode::kDiskFull : ErrorCode::kUnreadable,
                  "cannot write to standard output: " + std::generic_category().message(code)};
        return false;
    }
    return true;
}

void write_to_stderr(std::string_view text) { static_cast<void>(write_all(STDERR_FILENO, text)); }

}  // namespace refrain::cli
