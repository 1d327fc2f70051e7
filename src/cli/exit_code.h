#pragma once

#include <cstdint>

namespace refrain::cli {

/// What the program ends with; fixed by docs/cli.md.
enum ExitCode : int {
    kExitDone = 0,
    kExitNoMatch = 1,
    kExitUsage = 2,
    kExitSomeFailed = 3,
    kExitAllFailed = 4,
    kExitInterrupted = 130,
};

/// Counts how the inputs of one command went.
struct Tally {
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::uint64_t matched = 0;

    /// The exit code of a command that only does or fails.
    [[nodiscard]] ExitCode exit_code() const {
        if (failed == 0) {
            return kExitDone;
        }
        return done == 0 ? kExitAllFailed : kExitSomeFailed;
    }
    /// The exit code of a look-up: without a failure it says whether anything matched.
    [[nodiscard]] ExitCode look_up_exit_code() const {
        if (failed > 0) {
            return exit_code();
        }
        return matched > 0 ? kExitDone : kExitNoMatch;
    }
};

}  // namespace refrain::cli
