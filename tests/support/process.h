#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <spawn.h>

#include "support/temp_folder.h"

namespace refrain::test {

/// What a program left behind.
struct Finished {
    int exit_code = -1;  ///< 128 + signal where a signal ended it
    std::string out;
    std::string err;
};

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

/// A shell's background job ignores SIGINT, and so would every program that its tests start.
struct SpawnAttributes {
    posix_spawnattr_t value{};

    SpawnAttributes() {
        sigset_t defaults;
        ::sigemptyset(&defaults);
        for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) {
            ::sigaddset(&defaults, signal);
        }
        ::posix_spawnattr_init(&value);
        ::posix_spawnattr_setsigdefault(&value, &defaults);
        ::posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGDEF);
    }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&value); }
};

/// A running program, started with posix_spawn and no shell. Output goes to files.
class Process {
  public:
    enum class Stdout { kCaptured, kClosed, kFull, kBrokenPipe };

    explicit Process(const std::vector<std::string>& words,
                     const std::string& input = {},
                     Stdout out = Stdout::kCaptured) {
        write_text(files_ / "in", input);
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_addopen(&actions, 0, (files_ / "in").c_str(), O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions, 2, (files_ / "err").c_str(),
                                           O_WRONLY | O_CREAT, 0600);
        int ends[2] = {-1, -1};
        if (out == Stdout::kClosed) {
            ::posix_spawn_file_actions_addclose(&actions, 1);
        } else if (out == Stdout::kBrokenPipe && ::pipe2(ends, O_CLOEXEC) == 0) {
            ::close(ends[0]);
            ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        } else {
            const std::string target =
                out == Stdout::kFull ? "/dev/full" : (files_ / "out").native();
            ::posix_spawn_file_actions_addopen(&actions, 1, target.c_str(), O_WRONLY | O_CREAT,
                                               0600);
        }
        std::vector<std::string> copies = words;
        std::vector<char*> argv;
        for (std::string& word : copies) {
            argv.push_back(word.data());
        }
        argv.push_back(nullptr);
        const SpawnAttributes attributes;
        const int code =
            ::posix_spawn(&pid_, argv[0], &actions, &attributes.value, argv.data(), ::environ);
        ::posix_spawn_file_actions_destroy(&actions);
        if (ends[1] >= 0) {
            ::close(ends[1]);
        }
        if (code != 0) {
            throw std::runtime_error("cannot start " + words.front());
        }
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string out_so_far() const { return read_text(files_ / "out"); }

    Finished wait() {
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        Finished finished;
        finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        finished.out = read_text(files_ / "out");
        finished.err = read_text(files_ / "err");
        return finished;
    }

  private:
    TempFolder files_;
    pid_t pid_ = -1;
};

/// The program under test, as the build says.
inline std::string refrain_program() {
    const char* path = std::getenv("REFRAIN_TEST_PROGRAM");
    return path == nullptr ? std::string() : std::string(path);
}

/// Runs `refrain` with these words to its end.
inline Finished run_refrain(std::vector<std::string> words,
                            const std::string& input = {},
                            Process::Stdout out = Process::Stdout::kCaptured) {
    words.insert(words.begin(), refrain_program());
    return Process(words, input, out).wait();
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

}  // namespace refrain::test
