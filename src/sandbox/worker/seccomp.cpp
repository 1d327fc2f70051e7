#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <system_error>

#include <sched.h>
#include <seccomp.h>
#include <spdlog/fmt/fmt.h>

#include "sandbox/protocol.h"
#include "sandbox/worker/confine.h"

namespace refrain::sandbox {

namespace {

struct FilterDeleter {
    void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterDeleter>;

// Memory, threads, clocks, and reading what is already open. None of these takes a path, an
// address, or another process's number.
constexpr std::array kAllowed{
    // memory
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    // threads
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_get_priority_max), SCMP_SYS(sched_get_priority_min), SCMP_SYS(getcpu),
    SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(exit), SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall), SCMP_SYS(membarrier),
    // signals of its own
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    // clocks
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(getrusage), SCMP_SYS(times),
    // what is already open
    SCMP_SYS(pread64), SCMP_SYS(fstat), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll),
    // about the machine
    SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrandom)};

// Libraries ask these of themselves and live with a refusal; the answer tells them nothing.
constexpr std::array kRefused{SCMP_SYS(open),     SCMP_SYS(openat),     SCMP_SYS(stat),
                              SCMP_SYS(lstat),    SCMP_SYS(newfstatat), SCMP_SYS(statx),
                              SCMP_SYS(access),   SCMP_SYS(faccessat),  SCMP_SYS(faccessat2),
                              SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
                              SCMP_SYS(statfs)};

/// Collects the first failure of many calls.
class Rules {
  public:
    explicit Rules(void* filter) : filter_(filter) {}

    template <typename... Conditions>
    void add(std::uint32_t action, int call, Conditions... conditions) {
        const std::array<scmp_arg_cmp, sizeof...(conditions)> all{conditions...};
        const int failed = ::seccomp_rule_add_array(filter_, action, call,
                                                    static_cast<unsigned>(all.size()), all.data());
        // A system call that this architecture does not have needs no rule.
        if (failed != 0 && failed != -EDOM && failure_ == 0) {
            failure_ = failed;
        }
    }

    [[nodiscard]] int failure() const { return failure_; }

  private:
    void* filter_;
    int failure_ = 0;
};

void add_memory(Rules& rules) {
    constexpr scmp_datum_t kExecutable = PROT_EXEC;
    // Memory of its own, never of a file, never to be executed.
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), SCMP_A2_64(SCMP_CMP_MASKED_EQ, kExecutable, 0),
              SCMP_A3_64(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS | MAP_SHARED, MAP_ANONYMOUS));
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), SCMP_A2_64(SCMP_CMP_MASKED_EQ, kExecutable, 0));
}

void add_threads(Rules& rules) {
    constexpr scmp_datum_t kThread =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    constexpr scmp_datum_t kNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                         CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(clone),
              SCMP_A0_64(SCMP_CMP_MASKED_EQ, kThread | kNamespaces | CLONE_PTRACE, kThread));
    // Its flags lie in memory, where a filter cannot see them; glibc falls back to clone.
    rules.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(prctl), SCMP_A0_64(SCMP_CMP_EQ, PR_SET_NAME, 0));
    // abort() signals its own thread.
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
              SCMP_A0_64(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid()), 0));
    // Asking for its own limits; setting them has a third argument.
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), SCMP_A0_64(SCMP_CMP_EQ, 0, 0),
              SCMP_A2_64(SCMP_CMP_EQ, 0, 0));
    rules.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sched_setaffinity));
    rules.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sched_setscheduler));
}

void add_talk(Rules& rules) {
    for (const int call : {SCMP_SYS(sendmsg), SCMP_SYS(recvmsg)}) {
        rules.add(SCMP_ACT_ALLOW, call, SCMP_A0_64(SCMP_CMP_EQ, kWorkerSocket, 0));
    }
    // Standard output and error are /dev/null, and libraries complain there.
    for (const int call : {SCMP_SYS(write), SCMP_SYS(writev)}) {
        for (const int standard : {STDOUT_FILENO, STDERR_FILENO}) {
            rules.add(SCMP_ACT_ALLOW, call,
                      SCMP_A0_64(SCMP_CMP_EQ, static_cast<scmp_datum_t>(standard), 0));
        }
    }
    rules.add(SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl));
    rules.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), SCMP_A1_64(SCMP_CMP_EQ, F_GETFL, 0));
}

SandboxLayer absent(const char* what, int number) {
    return {"seccomp", false, fmt::format("{}: {}", what, std::generic_category().message(number))};
}

}  // namespace

SandboxLayer confine_by_seccomp() {
    const Filter filter(::seccomp_init(SCMP_ACT_KILL_PROCESS));
    if (!filter) {
        return absent("cannot make a filter", ENOMEM);
    }
    Rules rules(filter.get());
    for (const int call : kAllowed) {
        rules.add(SCMP_ACT_ALLOW, call);
    }
    for (const int call : kRefused) {
        rules.add(SCMP_ACT_ERRNO(EACCES), call);
    }
    add_memory(rules);
    add_threads(rules);
    add_talk(rules);
    if (rules.failure() != 0) {
        return absent("cannot make a rule", -rules.failure());
    }
    // Threads that libraries started before are bound as well.
    ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
    ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    const int failed = ::seccomp_load(filter.get());
    if (failed != 0) {
        return absent("the kernel refuses the filter", -failed);
    }
    return {"seccomp", true,
            fmt::format("{} system calls; any other ends the process", kAllowed.size())};
}

}  // namespace refrain::sandbox
