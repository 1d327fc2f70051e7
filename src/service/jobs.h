#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "refrain/json.h"
#include "refrain/result.h"

#include "server/spool.h"
#include "service/journal.h"

namespace refrain::service {

enum class JobStatus { kQueued, kRunning, kDone, kFailed, kCancelled };

[[nodiscard]] std::string_view job_status_name(JobStatus status);

/// A job as it is at one moment. Thread safety: a value.
struct JobView {
    std::string id;
    std::string owner;  ///< id of the key that asked; empty: nobody named
    JobStatus status = JobStatus::kQueued;
    double progress = 0;  ///< 0..1
    std::string result;   ///< JSON; empty until done or failed
    std::optional<FindReport> report;
    std::shared_ptr<server::SpoolFile> file;  ///< the medium, as long as it is kept

    [[nodiscard]] bool is_over() const {
        return status != JobStatus::kQueued && status != JobStatus::kRunning;
    }
    /// A `refrain.job/1` object.
    [[nodiscard]] std::string json() const;
};

/// What a service remembers of its jobs: in memory, and in a journal what must outlast it. A job
/// that was not over when the program ended is reported as failed by the next one.
///
/// Thread safety: safe to share.
class JobTable {
  public:
    using Clock = std::chrono::steady_clock;

    struct Options {
        std::chrono::seconds keep{3600};  ///< what is over
        std::size_t max_jobs = 10'000;
    };

    /// @error as of Journal::open
    [[nodiscard]] static Result<std::unique_ptr<JobTable>> open(const std::filesystem::path& file,
                                                                const Options& options);

    /// A new job. What it returns is on disk.
    /// @error kCorpusBusy  there are too many jobs; kDiskFull, kUnreadable
    [[nodiscard]] Result<std::string> create(const std::string& owner,
                                             std::shared_ptr<server::SpoolFile> file);
    /// Takes back one that could not be queued.
    void forget(const std::string& id);

    [[nodiscard]] std::optional<JobView> get(const std::string& id) const;
    /// Stops it. @return whether there is such a job
    [[nodiscard]] bool cancel(const std::string& id);

    [[nodiscard]] std::stop_token stop_token(const std::string& id) const;
    void start(const std::string& id);
    void progress(const std::string& id, double share);
    /// It is over, with this as its result. Calls those who wait.
    void finish(const std::string& id, FindReport report);

    /// Calls `done` once the job is over, maybe at once, on whatever thread.
    void when_over(const std::string& id, std::function<void(const JobView&)> done);

    /// Forgets what is over and old.
    void expire();

    [[nodiscard]] std::size_t count(JobStatus status) const;

  private:
    struct Job {
        JobView view;
        std::stop_source stop;
        Clock::time_point over;
        std::vector<std::function<void(const JobView&)>> waiting;
    };

    explicit JobTable(const Options& options);
    void end(const std::string& id, JobStatus status, const std::function<void(JobView&)>& fill);

    Options options_;
    std::unique_ptr<Journal> journal_;
    mutable std::mutex mutex_;
    std::map<std::string, Job> jobs_;
};

}  // namespace refrain::service
