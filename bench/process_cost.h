#pragma once

#include <ctime>
#include <fstream>
#include <string>

namespace refrain::bench {

namespace detail {

inline double seconds_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace detail

/// Processor time since the start, of this process and of this thread alone.
inline double process_seconds() { return detail::seconds_of(CLOCK_PROCESS_CPUTIME_ID); }
inline double thread_seconds() { return detail::seconds_of(CLOCK_THREAD_CPUTIME_ID); }

/// A size that /proc/self/status names, such as VmHWM, in MiB; 0: it names none.
inline double status_mib(const std::string& name) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name + ":")) {
            return std::stod(line.substr(name.size() + 1)) / 1024;
        }
    }
    return 0;
}

}  // namespace refrain::bench
