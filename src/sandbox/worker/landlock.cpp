#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <system_error>

#include <spdlog/fmt/fmt.h>

#include "base/unique_fd.h"
#include "sandbox/worker/confine.h"

namespace refrain::sandbox {

namespace {

// The headers of Debian 12 are older than the kernels that it runs on, and glibc has no functions
// for it: numbers from the kernel's documentation of Landlock.
constexpr std::int64_t kCreateRuleset = 444;
constexpr std::int64_t kRestrictSelf = 446;
constexpr std::uint32_t kAskVersion = 1;

struct Ruleset {
    std::uint64_t handled_files = 0;
    std::uint64_t handled_network = 0;  // since version 4
    std::uint64_t scoped = 0;           // since version 6
};

/// Everything that this version of the interface can forbid.
Ruleset all_of(std::int64_t version) {
    constexpr std::uint64_t kFiles1 = (1ULL << 13U) - 1;   // execute to make_sym
    constexpr std::uint64_t kRefer = 1ULL << 13U;          // since version 2
    constexpr std::uint64_t kTruncate = 1ULL << 14U;       // since version 3
    constexpr std::uint64_t kDeviceControl = 1ULL << 15U;  // since version 5
    constexpr std::uint64_t kBindAndConnect = 3;
    constexpr std::uint64_t kAbstractSocketsAndSignals = 3;
    Ruleset rules;
    rules.handled_files = kFiles1 | (version >= 2 ? kRefer : 0) | (version >= 3 ? kTruncate : 0) |
                          (version >= 5 ? kDeviceControl : 0);
    rules.handled_network = version >= 4 ? kBindAndConnect : 0;
    rules.scoped = version >= 6 ? kAbstractSocketsAndSignals : 0;
    return rules;
}

std::size_t size_for(std::int64_t version) {
    const std::size_t words = version >= 6 ? 3 : version >= 4 ? 2 : 1;
    return words * sizeof(std::uint64_t);
}

SandboxLayer absent(const char* what, int number) {
    const char* hint = number == ENOSYS ? " (the kernel is built without it, or a filter hides it)"
                       : number == EOPNOTSUPP ? " (the kernel was started without it)"
                                              : "";
    return {"landlock", false,
            fmt::format("{}: {}{}", what, std::generic_category().message(number), hint)};
}

}  // namespace

SandboxLayer confine_by_landlock() {
    const std::int64_t version = ::syscall(kCreateRuleset, nullptr, 0, kAskVersion);
    if (version < 1) {
        return absent("not offered", errno);
    }
    const Ruleset rules = all_of(version);
    const base::UniqueFd ruleset(
        static_cast<int>(::syscall(kCreateRuleset, &rules, size_for(version), 0)));
    if (!ruleset.is_open()) {
        return absent("cannot make rules", errno);
    }
    // Without a rule that allows something, all that is handled is forbidden.
    if (::syscall(kRestrictSelf, ruleset.get(), 0) != 0) {
        return absent("cannot enforce rules", errno);
    }
    return {"landlock", true,
            fmt::format("no files{}{} (version {})", version >= 4 ? ", no TCP" : "",
                        version >= 6 ? ", no signals or abstract sockets to others" : "", version)};
}

}  // namespace refrain::sandbox
