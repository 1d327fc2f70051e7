#pragma once

#include <string>

#include "refrain/fingerprinter.h"

#include "cli/command_line.h"
#include "cli/command_session.h"

namespace refrain::cli {

/// What --no-sandbox, --require-sandbox and --worker say.
struct SandboxChoice {
    bool is_off = false;
    bool is_required = false;
    std::string worker;   ///< empty: as installed
    int max_workers = 0;  ///< at once; 0: as many as there are threads
};

/// Adds the three options.
void add_sandbox_options(CommandLine& line, SandboxChoice& choice);

/// Starts the sandbox that media are decoded in, before there is anything else in memory; warns
/// where there is to be none. Says why it cannot.
///
/// @return whether to go on, then with `options.sandbox` as was chosen
[[nodiscard]] bool start_sandbox(Session& session,
                                 const SandboxChoice& choice,
                                 FingerprintOptions& options);

}  // namespace refrain::cli
