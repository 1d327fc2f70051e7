#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace refrain::bench {

/// Wall-clock time of some work.
template <typename Work>
double seconds(const Work& work) {
    const auto began = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// The value that a share of all, 0..1, lies below. @param values  not empty
inline double percentile(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

/// A further member of the JSON object that a program prints as it goes.
inline void print(const char* name, double value) {
    std::printf(",\n \"%s\": %.6g", name, value);
    std::fflush(stdout);
}

}  // namespace refrain::bench
