#include "cli/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include <signal.h>

#include "cli/exit_code.h"

namespace refrain::cli {

namespace {

// A handler can reach nothing else.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> is_interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "used in a signal handler");

extern "C" void note_interrupt(int /*signal*/) {
    if (is_interrupted.exchange(true)) {
        ::_exit(kExitInterrupted);
    }
}

}  // namespace

InterruptWatcher::InterruptWatcher() {
    struct sigaction action {};
    action.sa_handler = note_interrupt;
    // Libraries need not expect interrupted calls; whoever waits here polls its stop token.
    action.sa_flags = SA_RESTART;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction before {};
        ::sigaction(signal, nullptr, &before);
        // Ignored by whoever started us, as nohup does: it stays so.
        if (before.sa_handler != SIG_IGN) {
            ::sigaction(signal, &action, nullptr);
        }
    }
    thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void InterruptWatcher::watch(const std::stop_token& stop) {
    // Bounds how long the program takes to end after its work is done.
    constexpr std::chrono::milliseconds kPatience{20};
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any ended;
    while (!stop.stop_requested() && !interrupted_.stop_requested()) {
        if (is_interrupted) {
            interrupted_.request_stop();
        }
        ended.wait_for(lock, stop, kPatience, [] { return false; });
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

void ignore_signals_of_writes() {
    struct sigaction action {};
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &action, nullptr);
    ::sigaction(SIGXFSZ, &action, nullptr);
}

}  // namespace refrain::cli
