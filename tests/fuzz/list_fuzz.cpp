// Lists of paths as `--list` reads them: every line is a path, or an input with an error.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/list_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace refrain::cli;
    Descriptor memory(::memfd_create("list", MFD_CLOEXEC));
    if (::write(memory.get(), data, size) != static_cast<ssize_t>(size) ||
        ::lseek(memory.get(), 0, SEEK_SET) != 0) {
        std::abort();
    }
    ListReader reader(std::move(memory), "list");
    std::size_t path_bytes = 0;
    for (std::size_t lines = 0; auto input = reader.next({}); ++lines) {
        const bool is_path = !input->path.empty() && input->path.size() <= kMaxListLine &&
                             input->path.find('\0') == std::string::npos &&
                             input->path.find('\n') == std::string::npos;
        if ((!input->error && !is_path) || lines > size) {
            std::abort();
        }
        path_bytes += input->error ? 0 : input->path.size();
    }
    if (path_bytes > size) {
        std::abort();  // nothing is said twice
    }
    return 0;
}
