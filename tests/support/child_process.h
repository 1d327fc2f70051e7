#pragma once

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <utility>

#include <signal.h>

#include "base/unique_fd.h"

namespace refrain::test {

/// A forked copy of the test that runs a function and ends without running the test's own exit
/// handlers; killed and reaped if the test ends first. Fork before the test has started threads.
class ChildProcess {
  public:
    /// `body` gets the writing end of a pipe whose reading end is `output()`; what it returns
    /// becomes the exit status, 0..255.
    explicit ChildProcess(const std::function<int(int)>& body) {
        int ends[2] = {-1, -1};
        if (::pipe(ends) != 0) {
            return;
        }
        output_ = base::UniqueFd(ends[0]);
        const base::UniqueFd input(ends[1]);
        std::fflush(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            int status = 255;
            try {
                status = body(input.get());
            } catch (...) {
                status = 254;
            }
            ::_exit(status);
        }
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess() {
        if (pid_ > 0) {
            kill_now();
            static_cast<void>(wait());
        }
    }

    void kill_now() const { ::kill(pid_, SIGKILL); }

    /// Waits for the end. @return the exit status, or -1 when a signal ended it
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    [[nodiscard]] int output() const { return output_.get(); }

    /// The next number that the child sent with `send`; false once it has ended.
    [[nodiscard]] bool receive(std::uint64_t& number) const {
        auto* bytes = reinterpret_cast<char*>(&number);
        std::size_t have = 0;
        while (have < sizeof number) {
            const ssize_t got = ::read(output_.get(), bytes + have, sizeof number - have);
            if (got < 0 && errno == EINTR) {
                continue;
            }
            if (got <= 0) {
                return false;
            }
            have += static_cast<std::size_t>(got);
        }
        return true;
    }

    /// To be called in the child: the write that would make a file longer than this kills it on the
    /// spot, as SIGKILL would at that very moment. Unlike a kill after some time, this one hits the
    /// same byte on every machine.
    static void die_when_a_file_grows_beyond(std::uint64_t bytes) {
        ::signal(SIGXFSZ, SIG_DFL);
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        const rlimit limit{bytes, bytes};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }

    /// One write of eight bytes, which a pipe does not tear.
    static void send(int pipe, std::uint64_t number) {
        static_cast<void>(!::write(pipe, &number, sizeof number));
    }

  private:
    base::UniqueFd output_;
    pid_t pid_ = -1;
};

}  // namespace refrain::test
