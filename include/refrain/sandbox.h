#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "refrain/api.h"
#include "refrain/fingerprint.h"
#include "refrain/fingerprinter.h"
#include "refrain/result.h"

namespace refrain {

namespace sandbox {
class WorkerPool;
}  // namespace sandbox

/// What to do where the kernel offers less than the whole policy.
enum class SandboxNeed {
    kWhatThereIs,  ///< work with what is there; `Sandbox::report` says what that is
    kAll,          ///< refuse to start
};

/// How workers are started, and what one may use. Thread safety: a value.
struct SandboxOptions {
    /// The helper program `refrain-worker`. Empty: where `find_worker` finds it.
    std::filesystem::path worker;
    SandboxNeed need = SandboxNeed::kWhatThereIs;
    /// How many workers may run at once. Each works on one medium. 0: one for each core.
    int max_workers = 0;
    /// Address space of one worker. A medium that needs more fails with kTooLarge or
    /// kDecoderCrashed.
    std::uint64_t memory_bytes = 8ULL << 30;
    /// Processor time that one worker may use in its life. It ends a worker that
    /// `Limits::max_wall_time` did not end.
    std::uint64_t cpu_seconds = 7 * 86'400ULL;
    /// How many media a worker serves before another takes its place. A medium that took a worker
    /// over could reach those that come after it; 1 gives each medium a worker of its own.
    int media_per_worker = 256;
};

/// One part of the confinement.
struct SandboxLayer {
    std::string name;  ///< `limits`, `no_new_privs`, `landlock` or `seccomp`
    bool is_in_force = false;
    std::string detail;  ///< what it does, or why it is not there; one line
};

/// What holds a worker back.
struct SandboxReport {
    std::filesystem::path worker;
    std::vector<SandboxLayer> layers;

    [[nodiscard]] bool is_complete() const {
        for (const SandboxLayer& layer : layers) {
            if (!layer.is_in_force) {
                return false;
            }
        }
        return !layers.empty();
    }
};

/// What became of the workers so far.
struct SandboxCounts {
    std::size_t running = 0;      ///< idle ones, and those about to be started, included
    std::uint64_t started = 0;    ///< programs that were started
    std::uint64_t crashed = 0;    ///< died at a medium, or sent what no honest worker would
    std::uint64_t timed_out = 0;  ///< killed: over `Limits::max_wall_time`
    std::uint64_t cancelled = 0;  ///< killed: nobody wanted the answer any more
};

/// Worker processes that decode and hash where a fault in a decoder can do no harm: they have the
/// medium's descriptor and a socket, and no files, no network, no other programs (SECURITY.md).
///
/// Give it to `FingerprintOptions::sandbox` and `ExplainOptions::sandbox`. Workers are separate
/// programs, started on demand, kept for the next medium, and never copies of the calling process.
/// A worker that dies, hangs or sends what no honest worker would costs the one medium it was at
/// (kDecoderCrashed, kTimeout); the next one has a fresh worker.
///
/// Lifetime: the destructor ends and reaps all workers, and no call may be running then. Cost: 2 to
/// 4 ms for each medium, beside the same in the calling process (bench/README.md). Thread safety:
/// safe to share.
///
///     FingerprintOptions options;
///     options.sandbox = Sandbox::start({}).value();
///     const Fingerprinter fingerprinter(options);
class REFRAIN_API Sandbox {
  public:
    /// Finds the helper program and starts a first worker; does not wait for it unless `need` is
    /// kAll.
    ///
    /// @error kInvalidArgument  an option is out of its range
    /// @error kInternal         the helper is missing, or cannot be started
    /// @error kSandboxMissing   `need` is kAll, and something of the policy is not in force; says
    ///                          what
    [[nodiscard]] static Result<std::shared_ptr<Sandbox>> start(const SandboxOptions& options);
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;
    Sandbox(Sandbox&&) = delete;
    Sandbox& operator=(Sandbox&&) = delete;
    ~Sandbox();

    /// What is in force in a worker, as it found before it saw a medium. Waits for a worker.
    /// @error kInternal  it cannot be started
    [[nodiscard]] Result<SandboxReport> report() const;

    /// How many workers run, and how the others ended. Waits for nothing.
    [[nodiscard]] SandboxCounts counts() const;

    /// What `Fingerprinter` does with `FingerprintOptions::sandbox`. The digest is the caller's, so
    /// that no worker can pass a medium off as another.
    ///
    /// @param descriptor  of a regular file; the worker gets it for reading only
    /// @error kDecoderCrashed  the worker died or sent what no honest one would
    /// @error kTimeout         over `Limits::max_wall_time`; the worker was killed
    /// @error kCancelled, kInternal, and those of `Fingerprinter` about a medium
    [[nodiscard]] Result<FingerprintRun> fingerprint(int descriptor,
                                                     const ByteDigest& digest,
                                                     const FingerprintOptions& options,
                                                     const RunControl& control) const;

    [[nodiscard]] sandbox::WorkerPool& pool() const { return *pool_; }

  private:
    explicit Sandbox(std::unique_ptr<sandbox::WorkerPool> pool);

    std::unique_ptr<sandbox::WorkerPool> pool_;
};

/// The helper program as it lies after an installation or in a build folder, relative to the
/// running program or to the library. @error kInternal  it is in none of these places; names them
[[nodiscard]] REFRAIN_API Result<std::filesystem::path> find_worker();

}  // namespace refrain
