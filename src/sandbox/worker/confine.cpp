#include "sandbox/worker/confine.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <string>
#include <system_error>

#include <spdlog/fmt/fmt.h>

namespace refrain::sandbox {

namespace {

// Three standard descriptors, the socket, the medium, and some that libraries keep.
constexpr rlim_t kMostDescriptors = 32;

/// Whether shadow memory makes a bound on the address space impossible.
constexpr bool is_sanitized() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
# if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
# else
    return false;
# endif
#else
    return false;
#endif
}

std::string message_of(int number) { return std::generic_category().message(number); }

bool set_limit(__rlimit_resource resource, rlim_t most) {
    const rlimit limit{most, most};
    return ::setrlimit(resource, &limit) == 0;
}

SandboxLayer confine_by_limits(const ConfineOptions& options) {
    SandboxLayer layer{"limits", false, {}};
    const bool is_memory_bounded =
        !is_sanitized() && set_limit(RLIMIT_AS, static_cast<rlim_t>(options.memory_bytes));
    const bool is_set = set_limit(RLIMIT_CPU, static_cast<rlim_t>(options.cpu_seconds)) &&
                        set_limit(RLIMIT_NOFILE, kMostDescriptors) && set_limit(RLIMIT_FSIZE, 0) &&
                        set_limit(RLIMIT_CORE, 0) && set_limit(RLIMIT_MEMLOCK, 0) &&
                        set_limit(RLIMIT_MSGQUEUE, 0);
    if (!is_set) {
        layer.detail = "cannot set a limit: " + message_of(errno);
        return layer;
    }
    layer.is_in_force = is_memory_bounded || is_sanitized();
    layer.detail =
        fmt::format("memory {}, processor {} s, {} descriptors, no files, no core",
                    is_memory_bounded ? fmt::format("{} MiB", options.memory_bytes >> 20U)
                                      : std::string("not bounded (sanitizer)"),
                    options.cpu_seconds, kMostDescriptors);
    return layer;
}

SandboxLayer confine_privileges() {
    // Nobody of the same user may look into it, nor it leave a core.
    const bool is_done =
        ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    return {"no_new_privs", is_done,
            is_done ? std::string("no program can give it privileges") : message_of(errno)};
}

}  // namespace

std::vector<SandboxLayer> confine(const ConfineOptions& options) {
    std::vector<SandboxLayer> layers;
    layers.push_back(confine_by_limits(options));
    layers.push_back(confine_privileges());
    layers.push_back(options.has_landlock ? confine_by_landlock()
                                          : SandboxLayer{"landlock", false, "left out for a test"});
    layers.push_back(options.has_seccomp ? confine_by_seccomp()
                                         : SandboxLayer{"seccomp", false, "left out for a test"});
    return layers;
}

}  // namespace refrain::sandbox
