#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <pybind11/pybind11.h>

#include "refrain/result.h"

/// How calls of the library run under an interpreter: without its lock, to be interrupted, and
/// never across a fork or the end of the process.
namespace refrain::python {

/// Raises the Python exception of a failure.
[[noreturn]] void raise(const Error& error);
[[noreturn]] void raise(std::string_view code, const std::string& message);

template <typename T>
T unwrap(Result<T> result) {
    if (!result) {
        raise(result.error());
    }
    return std::move(result).value();
}

inline void unwrap(const Result<void>& result) {
    if (!result) {
        raise(result.error());
    }
}

/// Counts a running call. Raises where none may begin: at the end of the interpreter, and on an
/// object that was made before a fork.
class RunningCall {
  public:
    /// @param born  value of `forks()` when the object was made
    explicit RunningCall(int born);
    ~RunningCall();
    RunningCall(const RunningCall&) = delete;
    RunningCall& operator=(const RunningCall&) = delete;
    RunningCall(RunningCall&&) = delete;
    RunningCall& operator=(RunningCall&&) = delete;
};

/// How often this process is a copy of one that had loaded the module.
[[nodiscard]] int forks();

/// Stopped when the interpreter ends.
[[nodiscard]] std::stop_token at_exit();

/// Registers what has to happen at a fork and at the end of the interpreter.
void watch_process(pybind11::module_& module);

/// Runs `work` on a thread of its own without the interpreter's lock; meanwhile signals are heard,
/// some 100 times a second, and an exception of a handler stops the work and is raised in the end.
/// `work` touches no Python object.
template <typename Work>
auto run(const std::stop_token& stop, const Work& work) {
    using Answer = decltype(work(std::declval<std::stop_token>()));
    constexpr std::chrono::milliseconds kTick{10};
    std::stop_source source;
    const std::function<void()> end = [&source] {
        source.request_stop();
    };
    const std::stop_callback by_caller(stop, end);
    const std::stop_callback by_exit(at_exit(), end);
    std::mutex mutex;
    std::condition_variable changed;
    bool is_done = false;
    std::optional<Answer> answer;
    std::exception_ptr failure;
    std::optional<pybind11::error_already_set> interrupt;
    {
        std::jthread thread([&] {
            try {
                answer.emplace(work(source.get_token()));
            } catch (...) {
                failure = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            is_done = true;
            changed.notify_all();
        });
        for (bool is_over = false; !is_over;) {
            {
                const pybind11::gil_scoped_release free;
                std::unique_lock lock(mutex);
                is_over = changed.wait_for(lock, kTick, [&] { return is_done; });
            }
            if (!interrupt && PyErr_CheckSignals() != 0) {
                interrupt.emplace();
                source.request_stop();
            }
        }
    }
    if (interrupt) {
        throw pybind11::error_already_set(*interrupt);
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    return std::move(*answer);
}

}  // namespace refrain::python
