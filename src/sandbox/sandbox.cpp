#include "refrain/sandbox.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "sandbox/greeting.h"
#include "sandbox/job.h"
#include "sandbox/worker_pool.h"

namespace refrain {

namespace {

// Below this not even the libraries of a worker load.
constexpr std::uint64_t kLeastMemory = 256ULL << 20;

Result<SandboxOptions> completed(SandboxOptions options) {
    if (options.max_workers < 0 || options.media_per_worker < 1 || options.cpu_seconds < 1 ||
        options.memory_bytes < kLeastMemory) {
        return Error{ErrorCode::kInvalidArgument, "sandbox: an option is out of its range"};
    }
    if (options.max_workers == 0) {
        options.max_workers = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    }
    if (options.worker.empty()) {
        Result<std::filesystem::path> found = find_worker();
        if (!found) {
            return found.error();
        }
        options.worker = std::move(found).value();
    }
    if (::access(options.worker.c_str(), X_OK) != 0) {
        return Error{ErrorCode::kInternal,
                     "sandbox: there is no program " + options.worker.native()};
    }
    return options;
}

}  // namespace

Sandbox::Sandbox(std::unique_ptr<sandbox::WorkerPool> pool) : pool_(std::move(pool)) {}

Sandbox::~Sandbox() = default;

Result<std::shared_ptr<Sandbox>> Sandbox::start(const SandboxOptions& options) {
    Result<SandboxOptions> all = completed(options);
    if (!all) {
        return all.error();
    }
    std::unique_ptr<sandbox::WorkerPool> pool;
    try {
        pool = std::make_unique<sandbox::WorkerPool>(std::move(all).value());
    } catch (const std::system_error& failure) {
        return Error{ErrorCode::kInternal,
                     std::string("sandbox: no thread that starts workers: ") + failure.what()};
    }
    // Shared, since options that name it are copied. NOLINTNEXTLINE(modernize-make-shared)
    std::shared_ptr<Sandbox> made(new Sandbox(std::move(pool)));
    if (options.need == SandboxNeed::kWhatThereIs) {
        made->pool_->warm_up();
        return made;
    }
    const Result<SandboxReport> report = made->report();
    if (!report) {
        return report.error();
    }
    if (!report->is_complete()) {
        return Error{ErrorCode::kSandboxMissing, sandbox::what_is_missing(*report)};
    }
    return made;
}

Result<SandboxReport> Sandbox::report() const { return sandbox::read_report(*pool_); }

SandboxCounts Sandbox::counts() const { return pool_->counts(); }

Result<FingerprintRun> Sandbox::fingerprint(int descriptor,
                                            const ByteDigest& digest,
                                            const FingerprintOptions& options,
                                            const RunControl& control) const {
    sandbox::Request request;
    request.digest = digest;
    request.options = options;
    request.options.sandbox.reset();
    request.wants_progress = static_cast<bool>(control.progress);
    return sandbox::run_fingerprint(*pool_, descriptor, request, control);
}

}  // namespace refrain
