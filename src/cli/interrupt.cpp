#include "cli/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>

#include <signal.h>

#include "cli/exit_code.h"

namespace refrain::cli {

namespace {

sigset_t watched_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGINT);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGHUP);
    return signals;
}

}  // namespace

InterruptWatcher::InterruptWatcher() {
    const sigset_t signals = watched_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void InterruptWatcher::watch(const std::stop_token& stop) {
    const sigset_t signals = watched_signals();
    // Bounds how long the program takes to end after its work is done.
    constexpr timespec kPatience{0, 20'000'000};
    while (!stop.stop_requested()) {
        if (::sigtimedwait(&signals, nullptr, &kPatience) < 0) {
            continue;
        }
        if (interrupted_.stop_requested()) {
            ::_exit(kExitInterrupted);
        }
        interrupted_.request_stop();
    }
}

void keep_standard_descriptors_open() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) >= 0) {
            continue;
        }
        // The lowest free number is taken, which is this one. Read-only on purpose for stdout.
        const int opened = ::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
        if (opened != descriptor) {
            ::_exit(kExitAllFailed);
        }
    }
}

void ignore_broken_pipes() {
    struct sigaction action {};
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &action, nullptr);
}

}  // namespace refrain::cli
