#pragma once

#include <stop_token>
#include <thread>

namespace refrain::cli {

/// Turns SIGINT, SIGTERM and SIGHUP into a stop request; a second one ends the program at once
/// with exit code 130. The handler sets a flag and nothing else; a thread looks at it and makes the
/// request. Blocking the signals for one thread that waits would not do: libraries start threads
/// before main, and a signal that reaches one of those ends the program.
///
/// One a program.
class InterruptWatcher {
  public:
    InterruptWatcher();

    /// Stopped as soon as the first signal came.
    [[nodiscard]] std::stop_token token() const { return interrupted_.get_token(); }

  private:
    void watch(const std::stop_token& stop);

    std::stop_source interrupted_;
    std::jthread thread_;  ///< last: joined before the source is gone
};

/// Opens /dev/null in place of a standard descriptor that is closed, so that no corpus or medium
/// takes its number. A closed standard output then fails when written to.
void keep_standard_descriptors_open();

/// A reader that went away, and a file that may grow no further, is then an error of `write`, not
/// the end of the program.
void ignore_signals_of_writes();

}  // namespace refrain::cli
