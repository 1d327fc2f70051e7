#include "sandbox/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <signal.h>
#include <spawn.h>
#include <spdlog/fmt/fmt.h>

#include "sandbox/protocol.h"

extern "C" {  // glibc 2.36 forgets it
#include <sys/pidfd.h>
}

namespace refrain::sandbox {

namespace {

/// What a worker may send before it is read. The fingerprint of a picture has some 250 KiB.
constexpr int kSendBytes = 1 << 20;

Error failure(const char* what, int number) {
    return {ErrorCode::kInternal,
            fmt::format("sandbox: {}: {}", what, std::generic_category().message(number))};
}

/// What a worker's dynamic linker and sanitizers need to know; nothing else of the environment.
std::vector<std::string> worker_environment() {
    // OpenBLAS, which OpenCV links, would start a thread a core before main.
    std::vector<std::string> lines{"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "LC_ALL=C"};
    for (char** line = ::environ; line != nullptr && *line != nullptr; ++line) {
        for (const char* name : {"LD_LIBRARY_PATH=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
                                 "TSAN_OPTIONS=", "LLVM_PROFILE_FILE="}) {
            if (std::strncmp(*line, name, std::strlen(name)) == 0) {
                lines.emplace_back(*line);
            }
        }
    }
    return lines;
}

/// The words as the system wants them. Borrows them.
std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// What is done between two programs: descriptors, signals, process group.
class SpawnPlan {
  public:
    explicit SpawnPlan(int socket) {
        ::posix_spawn_file_actions_init(&files_);
        for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
            ::posix_spawn_file_actions_addopen(&files_, standard, "/dev/null", O_RDWR, 0);
        }
        ::posix_spawn_file_actions_adddup2(&files_, socket, kWorkerSocket);
        ::posix_spawn_file_actions_addclosefrom_np(&files_, kWorkerSocket + 1);
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawnattr_setsigmask(&attributes_, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes_, &signals);
        ::posix_spawnattr_setpgroup(&attributes_, 0);
        ::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    SpawnPlan(SpawnPlan&&) = delete;
    SpawnPlan& operator=(SpawnPlan&&) = delete;
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&files_);
        ::posix_spawnattr_destroy(&attributes_);
    }

    /// @return 0 or the number of what went wrong
    [[nodiscard]] int run(std::vector<std::string> words, pid_t& pid) const {
        std::vector<std::string> environment = worker_environment();
        return ::posix_spawn(&pid, words.front().c_str(), &files_, &attributes_,
                             pointers_to(words).data(), pointers_to(environment).data());
    }

  private:
    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
};

std::string ending_of(int status) {
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGSYS
                   ? std::string("stopped by the kernel at a forbidden system call")
                   : fmt::format("killed by signal {}", WTERMSIG(status));
    }
    return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace

Result<WorkerProcess> WorkerProcess::spawn(const SandboxOptions& options) {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return failure("cannot make a socket pair", errno);
    }
    WorkerProcess worker;
    worker.socket_ = base::UniqueFd(ends[0]);
    base::UniqueFd theirs(ends[1]);
    // An answer of usual size goes out at once: where it does not fit, the worker sleeps and is
    // woken in turn with us. As far as the system allows.
    ::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &kSendBytes, sizeof kSendBytes);
    if (theirs.get() == kWorkerSocket) {
        // Copied onto itself it would stay close-on-exec.
        theirs = base::UniqueFd(::fcntl(theirs.get(), F_DUPFD_CLOEXEC, kWorkerSocket + 1));
    }
    const int failed =
        SpawnPlan(theirs.get())
            .run({options.worker.native(), std::to_string(kProtocolVersion),
                  std::to_string(options.memory_bytes), std::to_string(options.cpu_seconds)},
                 worker.pid_);
    if (failed != 0) {
        worker.pid_ = -1;
        return failure(("cannot start " + options.worker.native()).c_str(), failed);
    }
    worker.handle_ = base::UniqueFd(::pidfd_open(worker.pid_, 0));
    return worker;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : report(std::move(other.report)),
      media(other.media),
      pid_(std::exchange(other.pid_, -1)),
      handle_(std::move(other.handle_)),
      socket_(std::move(other.socket_)) {}

WorkerProcess& WorkerProcess::operator=(WorkerProcess&& other) noexcept {
    if (this != &other) {
        end();
        report = std::move(other.report);
        media = other.media;
        pid_ = std::exchange(other.pid_, -1);
        handle_ = std::move(other.handle_);
        socket_ = std::move(other.socket_);
    }
    return *this;
}

WorkerProcess::~WorkerProcess() { end(); }

std::string WorkerProcess::end() {
    if (pid_ < 0) {
        return "ended before";
    }
    if (handle_.is_open()) {
        ::pidfd_send_signal(handle_.get(), SIGKILL, nullptr, 0);
    } else {
        ::kill(pid_, SIGKILL);
    }
    int status = 0;
    pid_t reaped = -1;
    do {
        reaped = ::waitpid(pid_, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    pid_ = -1;
    socket_ = base::UniqueFd();
    handle_ = base::UniqueFd();
    // A program that ignores SIGCHLD has its children reaped by the kernel.
    return reaped < 0 ? "ended, nobody knows how" : ending_of(status);
}

}  // namespace refrain::sandbox
