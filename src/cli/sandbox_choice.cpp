#include "cli/sandbox_choice.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "refrain/sandbox.h"

namespace refrain::cli {

namespace {

// Of the largest picture allowed: it lies there as coded, as decoded and as RGB, beside the
// pictures that it is made from and the stacks of the decoder's threads.
constexpr std::uint64_t kMemoryPerPicture = 4;
constexpr std::uint64_t kLeastMemory = 2ULL << 30;

std::uint64_t worker_memory(const Limits& limits) {
    const std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    const std::uint64_t picture = std::min(limits.max_memory_bytes, most / kMemoryPerPicture);
    return std::max(kLeastMemory, kMemoryPerPicture * picture);
}

}  // namespace

void add_sandbox_options(CommandLine& line, SandboxChoice& choice) {
    line.add_flag("--no-sandbox", choice.is_off,
                  "Decode in this process: a fault of a decoder is then a fault of this program");
    line.add_flag("--require-sandbox", choice.is_required,
                  "Refuse to work where the kernel offers less than the whole sandbox");
    line.add_text("--worker", choice.worker, "The helper program (default: as installed)");
    for (const char* name : {"--no-sandbox", "--require-sandbox", "--worker"}) {
        line.set_group(name, "Sandbox");
    }
}

bool start_sandbox(Session& session, const SandboxChoice& choice, FingerprintOptions& options) {
    if (choice.is_off && !choice.is_required) {
        session.note("warning: media are decoded without a sandbox");
        return true;
    }
    if (choice.is_off) {
        session.complain("--no-sandbox and --require-sandbox exclude each other");
        return false;
    }
    SandboxOptions sandbox;
    sandbox.worker = choice.worker;
    sandbox.need = choice.is_required ? SandboxNeed::kAll : SandboxNeed::kWhatThereIs;
    sandbox.max_workers =
        choice.max_workers > 0 ? choice.max_workers : session.options().thread_count();
    sandbox.memory_bytes = worker_memory(options.limits);
    auto started = Sandbox::start(sandbox);
    if (!started) {
        session.complain(std::string(error_code_name(started.error().code)) + ": " +
                         started.error().message + " (see refrain doctor; --no-sandbox works " +
                         "without)");
        return false;
    }
    options.sandbox = std::move(started).value();
    return true;
}

}  // namespace refrain::cli
