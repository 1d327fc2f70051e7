#include "running.h"

#include <atomic>
#include <string>

#include <pthread.h>

namespace refrain::python {

namespace py = pybind11;

namespace {

// Never destroyed: threads may look at them until the process is gone.
struct Process {
    std::atomic<int> forks = 0;
    std::atomic<int> running = 0;
    std::atomic<bool> is_ending = false;
    std::stop_source stop;
};

Process& process() {
    static auto* const only = new Process;
    return *only;
}

/// Stops what runs and waits for it, so that no thread comes back to an interpreter that is gone.
void end_calls() {
    constexpr std::chrono::milliseconds kTick{5};
    constexpr int kMostTicks = 12'000;
    process().is_ending = true;
    process().stop.request_stop();
    const py::gil_scoped_release free;
    for (int tick = 0; process().running > 0 && tick < kMostTicks; ++tick) {
        std::this_thread::sleep_for(kTick);
    }
}

}  // namespace

void raise(std::string_view code, const std::string& message) {
    const py::object made = py::module_::import("refrain._errors")
                                .attr("make_error")(std::string(code), py::bytes(message));
    PyErr_SetObject(py::type::of(made).ptr(), made.ptr());
    throw py::error_already_set();
}

void raise(const Error& error) { raise(error_code_name(error.code), error.message); }

RunningCall::RunningCall(int born) {
    if (born != forks()) {
        raise("forked",
              "this object was made before the process was forked; start processes with the "
              "method spawn or forkserver, or make the object in the new process");
    }
    if (process().is_ending) {
        raise("cancelled", "the interpreter is ending");
    }
    ++process().running;
}

RunningCall::~RunningCall() { --process().running; }

int forks() { return process().forks; }

std::stop_token at_exit() { return process().stop.get_token(); }

void watch_process(py::module_& module) {
    static_cast<void>(process());
    ::pthread_atfork(nullptr, nullptr, [] {
        ++process().forks;
        process().running = 0;
    });
    module.def("_end_calls", &end_calls);
    py::module_::import("atexit").attr("register")(module.attr("_end_calls"));
}

}  // namespace refrain::python
