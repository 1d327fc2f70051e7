#pragma once

#include <chrono>

#include "refrain/media_time.h"

namespace refrain::fingerprint {

/// Wall-clock time spent in one of several alternating stages.
class Stopwatch {
  public:
    Stopwatch() : began_(std::chrono::steady_clock::now()) {}

    [[nodiscard]] MediaTime lap() {
        const auto now = std::chrono::steady_clock::now();
        const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - began_);
        began_ = now;
        return MediaTime::from_us(passed.count());
    }

  private:
    std::chrono::steady_clock::time_point began_;
};

}  // namespace refrain::fingerprint
