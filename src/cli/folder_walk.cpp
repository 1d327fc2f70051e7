#include "cli/folder_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <dirent.h>

#include "cli/descriptor.h"

namespace refrain::cli {

namespace {

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

Input unreadable(const std::string& path, int code) {
    return {path, Error{ErrorCode::kUnreadable,
                        "cannot read the folder: " + std::generic_category().message(code)}};
}

/// The names in a folder in byte order, or the errno that kept them from being read.
std::pair<std::vector<std::string>, int> read_names(DIR* folder) {
    std::vector<std::string> names;
    int code = 0;
    for (;;) {
        errno = 0;
        // Safe here: the stream is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe)
        const dirent* entry = ::readdir(folder);
        if (entry == nullptr) {
            code = errno;
            break;
        }
        const std::string_view name = static_cast<const char*>(entry->d_name);
        if (name != "." && name != "..") {
            names.emplace_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    return {std::move(names), code};
}

}  // namespace

FolderWalk::FolderWalk(InputSource::Note note) : note_(std::move(note)) {}

std::optional<Input> FolderWalk::enter_top(const std::string& path) { return enter(path, 0); }

std::optional<Input> FolderWalk::next(const std::stop_token& stop) {
    while (!levels_.empty() && !stop.stop_requested()) {
        Level& level = levels_.back();
        if (level.position == level.names.size()) {
            levels_.pop_back();
            continue;
        }
        std::string path = level.path;
        if (path.empty() || path.back() != '/') {
            path += '/';
        }
        path += level.names[level.position++];
        if (auto input = visit(path)) {
            return input;
        }
    }
    return std::nullopt;
}

std::optional<Input> FolderWalk::visit(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        return Input{path, std::nullopt};
    }
    if (S_ISDIR(status.st_mode)) {
        return enter(path, O_NOFOLLOW);
    }
    struct stat target {};
    const bool leads_to_folder =
        S_ISLNK(status.st_mode) && ::stat(path.c_str(), &target) == 0 && S_ISDIR(target.st_mode);
    if (leads_to_folder) {
        note_("not followed, a link to a folder: " + path);
        return std::nullopt;
    }
    return Input{path, std::nullopt};
}

std::optional<Input> FolderWalk::enter(const std::string& path, int extra_flags) {
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | extra_flags));
    if (!descriptor.is_open()) {
        return unreadable(path, errno);
    }
    const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(descriptor.get()));
    if (!folder) {
        return unreadable(path, errno);
    }
    // The stream owns it from here on.
    static_cast<void>(descriptor.release());
    auto [names, code] = read_names(folder.get());
    levels_.push_back({path, std::move(names), 0});
    if (code != 0) {
        return unreadable(path, code);
    }
    return std::nullopt;
}

}  // namespace refrain::cli
