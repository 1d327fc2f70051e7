#include "cli/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/descriptor.h"
#include "cli/folder_walk.h"
#include "cli/list_reader.h"

namespace refrain::cli {

namespace {

bool is_folder(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

Result<Descriptor> open_list(const std::string& name) {
    Descriptor descriptor(name == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                      : ::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    int code = errno;
    if (descriptor.is_open()) {
        struct stat status {};
        if (::fstat(descriptor.get(), &status) == 0 && !S_ISDIR(status.st_mode)) {
            return descriptor;
        }
        code = EISDIR;
    }
    return Error{code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnreadable,
                 "cannot open the list " + name + ": " + std::generic_category().message(code)};
}

/// Whether reading the list for counting leaves it for the real run.
bool can_be_read_twice(const std::string& list) {
    struct stat status {};
    return list != "-" && ::stat(list.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

struct InputSource::Impl {
    explicit Impl(InputSpec spec_in, Note note) : spec(std::move(spec_in)), walk(std::move(note)) {}

    [[nodiscard]] std::optional<Input> next_named(const std::stop_token& stop);
    [[nodiscard]] std::optional<Input> next(const std::stop_token& stop);

    InputSpec spec;
    std::size_t look_ahead = 1;
    std::deque<Input> ahead;
    FolderWalk walk;
    std::vector<ListReader> lists;
    std::size_t next_operand = 0;
    std::size_t next_list = 0;
};

std::optional<Input> InputSource::Impl::next_named(const std::stop_token& stop) {
    if (next_operand < spec.operands.size()) {
        return Input{spec.operands[next_operand++], std::nullopt};
    }
    while (next_list < lists.size() && !stop.stop_requested()) {
        if (auto input = lists[next_list].next(stop)) {
            return input;
        }
        ++next_list;
    }
    return std::nullopt;
}

InputSource::InputSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
InputSource::InputSource(InputSource&&) noexcept = default;
InputSource& InputSource::operator=(InputSource&&) noexcept = default;
InputSource::~InputSource() = default;

Result<InputSource> InputSource::open(InputSpec spec, Note note, std::size_t look_ahead) {
    auto impl = std::make_unique<Impl>(std::move(spec), std::move(note));
    for (const std::string& name : impl->spec.lists) {
        auto descriptor = open_list(name);
        if (!descriptor) {
            return descriptor.error();
        }
        impl->lists.emplace_back(std::move(descriptor).value(), name);
    }
    impl->look_ahead = std::max<std::size_t>(look_ahead, 1);
    return InputSource(std::move(impl));
}

std::optional<Input> InputSource::Impl::next(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (auto input = walk.next(stop)) {
            return input;
        }
        auto named = next_named(stop);
        if (!named || named->error || !is_folder(named->path)) {
            return named;
        }
        if (auto failed = walk.enter_top(named->path)) {
            return failed;
        }
    }
    return std::nullopt;
}

std::optional<Input> InputSource::next(const std::stop_token& stop) {
    std::deque<Input>& ahead = impl_->ahead;
    const bool may_wait =
        !std::all_of(impl_->spec.lists.begin(), impl_->spec.lists.end(), can_be_read_twice);
    const std::size_t wanted = may_wait ? 1 : impl_->look_ahead;
    while (ahead.size() < wanted) {
        auto input = impl_->next(stop);
        if (!input) {
            break;
        }
        ahead.push_back(std::move(*input));
    }
    if (ahead.empty() || stop.stop_requested()) {
        return std::nullopt;
    }
    Input input = std::move(ahead.front());
    input.left = may_wait ? impl_->look_ahead : ahead.size();
    ahead.pop_front();
    return input;
}

bool is_single_file(const InputSpec& spec) {
    return spec.lists.empty() && spec.operands.size() == 1 && !is_folder(spec.operands.front());
}

std::optional<std::uint64_t> count_inputs(const InputSpec& spec, const std::stop_token& stop) {
    for (const std::string& list : spec.lists) {
        if (!can_be_read_twice(list)) {
            return std::nullopt;
        }
    }
    auto source = InputSource::open(spec, [](const std::string&) {});
    if (!source) {
        return std::nullopt;
    }
    std::uint64_t count = 0;
    while (source->next(stop)) {
        ++count;
    }
    if (stop.stop_requested()) {
        return std::nullopt;
    }
    return count;
}

std::string file_name(const std::string& path) {
    const std::size_t end = path.find_last_not_of('/');
    if (end == std::string::npos) {
        return path;
    }
    const std::size_t slash = path.rfind('/', end);
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    return path.substr(begin, end + 1 - begin);
}

std::string absolute_path(const std::string& path) {
    std::error_code unknown;
    const std::filesystem::path from_root = std::filesystem::absolute(path, unknown);
    return unknown ? path : from_root.native();
}

}  // namespace refrain::cli
