#include "service/jobs.h"

#include <algorithm>
#include <utility>

#include "access/secrets.h"

namespace refrain::service {

namespace {

/// The journal is begun anew when it has so many lines more than jobs.
constexpr std::uint64_t kMostIdleLines = 50'000;

std::string interrupted_result() {
    FindReport report;
    report.error = Error{ErrorCode::kCancelled, "the service ended before the job was done"};
    return to_json(report);
}

Json over_line(const JobView& view) {
    return {{"job", view.id},
            {"owner", view.owner},
            {"status", job_status_name(view.status)},
            {"result", view.result}};
}

}  // namespace

std::string_view job_status_name(JobStatus status) {
    switch (status) {
        case JobStatus::kQueued:
            return "queued";
        case JobStatus::kRunning:
            return "running";
        case JobStatus::kDone:
            return "done";
        case JobStatus::kFailed:
            return "failed";
        case JobStatus::kCancelled:
            return "cancelled";
    }
    return "failed";
}

std::string JobView::json() const {
    Json object = {{"schema", "refrain.job/1"},
                   {"id", id},
                   {"status", job_status_name(status)},
                   {"progress", progress},
                   {"result", nullptr}};
    if (!result.empty()) {
        object["result"] = read_json(result).value;
    }
    return one_line(object);
}

JobTable::JobTable(const Options& options) : options_(options) {}

Result<std::unique_ptr<JobTable>> JobTable::open(const std::filesystem::path& file,
                                                 const Options& options) {
    // The constructor is private. NOLINTNEXTLINE(modernize-make-unique)
    std::unique_ptr<JobTable> table(new JobTable(options));
    auto journal = Journal::open(file, [&](const Json& line) {
        const auto id = line.at("job").get<std::string>();
        Job& job = table->jobs_[id];
        job.view.id = id;
        job.view.owner = line.at("owner").get<std::string>();
        job.over = Clock::now();
        job.view.status = JobStatus::kFailed;
        job.view.progress = 1;
        if (line.at("status") == "queued") {
            job.view.result = interrupted_result();
            return;
        }
        job.view.result = line.at("result").get<std::string>();
        for (const JobStatus status : {JobStatus::kDone, JobStatus::kCancelled}) {
            if (line.at("status") == job_status_name(status)) {
                job.view.status = status;
            }
        }
    });
    if (!journal) {
        return journal.error();
    }
    table->journal_ = std::move(journal).value();
    std::vector<Json> lines;
    for (const auto& [id, job] : table->jobs_) {
        lines.push_back(over_line(job.view));
    }
    if (const auto replaced = table->journal_->replace(lines); !replaced) {
        return replaced.error();
    }
    return table;
}

Result<std::string> JobTable::create(const std::string& owner,
                                     std::shared_ptr<server::SpoolFile> file) {
    constexpr std::size_t kIdBytes = 16;
    Job job;
    job.view.id = "j_" + access::random_hex(kIdBytes);
    job.view.owner = owner;
    job.view.file = std::move(file);
    const std::string id = job.view.id;
    {
        const std::scoped_lock lock(mutex_);
        if (jobs_.size() >= options_.max_jobs) {
            return Error{ErrorCode::kCorpusBusy,
                         "there are " + std::to_string(jobs_.size()) + " jobs already"};
        }
        jobs_.emplace(id, std::move(job));
    }
    const auto kept = journal_->append({{"job", id}, {"owner", owner}, {"status", "queued"}});
    if (!kept) {
        forget(id);
        return kept.error();
    }
    return id;
}

void JobTable::forget(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    jobs_.erase(id);
}

std::optional<JobView> JobTable::get(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = jobs_.find(id);
    return found == jobs_.end() ? std::nullopt : std::optional(found->second.view);
}

bool JobTable::cancel(const std::string& id) {
    std::stop_source stop;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = jobs_.find(id);
        if (found == jobs_.end()) {
            return false;
        }
        stop = found->second.stop;
    }
    stop.request_stop();
    end(id, JobStatus::kCancelled, [](JobView&) {});
    return true;
}

std::stop_token JobTable::stop_token(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = jobs_.find(id);
    return found == jobs_.end() ? std::stop_token() : found->second.stop.get_token();
}

void JobTable::start(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    const auto found = jobs_.find(id);
    if (found != jobs_.end() && found->second.view.status == JobStatus::kQueued) {
        found->second.view.status = JobStatus::kRunning;
    }
}

void JobTable::progress(const std::string& id, double share) {
    const std::scoped_lock lock(mutex_);
    const auto found = jobs_.find(id);
    if (found != jobs_.end() && !found->second.view.is_over()) {
        // Parts of a medium are worked on one after the other; what was reached is not taken back.
        found->second.view.progress =
            std::max(found->second.view.progress, std::clamp(share, 0.0, 1.0));
    }
}

void JobTable::finish(const std::string& id, FindReport report) {
    const bool is_cancelled = report.error && report.error->code == ErrorCode::kCancelled;
    const JobStatus status = is_cancelled   ? JobStatus::kCancelled
                             : report.error ? JobStatus::kFailed
                                            : JobStatus::kDone;
    end(id, status, [&](JobView& view) {
        view.result = to_json(report);
        view.report = std::move(report);
    });
}

void JobTable::end(const std::string& id,
                   JobStatus status,
                   const std::function<void(JobView&)>& fill) {
    std::vector<std::function<void(const JobView&)>> waiting;
    JobView view;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = jobs_.find(id);
        if (found == jobs_.end() || found->second.view.is_over()) {
            return;
        }
        Job& job = found->second;
        job.view.status = status;
        job.view.progress = 1;
        job.over = Clock::now();
        fill(job.view);
        if (status != JobStatus::kDone) {
            job.view.file.reset();
        }
        waiting.swap(job.waiting);
        view = job.view;
    }
    // Should this fail, the next start reports the job as failed: late, and not wrong.
    static_cast<void>(journal_->append(over_line(view)).ok());
    for (const auto& done : waiting) {
        done(view);
    }
}

void JobTable::when_over(const std::string& id, std::function<void(const JobView&)> done) {
    std::optional<JobView> over;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = jobs_.find(id);
        if (found == jobs_.end()) {
            return;
        }
        if (!found->second.view.is_over()) {
            found->second.waiting.push_back(std::move(done));
            return;
        }
        over = found->second.view;
    }
    done(*over);
}

void JobTable::expire() {
    std::vector<Job> gone;
    std::vector<Json> lines;
    {
        const std::scoped_lock lock(mutex_);
        const auto now = Clock::now();
        for (auto at = jobs_.begin(); at != jobs_.end();) {
            if (at->second.view.is_over() && now - at->second.over > options_.keep) {
                gone.push_back(std::move(at->second));
                at = jobs_.erase(at);
            } else {
                ++at;
            }
        }
        if (journal_->lines() < jobs_.size() + kMostIdleLines) {
            return;
        }
        for (const auto& [id, job] : jobs_) {
            lines.push_back(
                job.view.is_over()
                    ? over_line(job.view)
                    : Json{{"job", id}, {"owner", job.view.owner}, {"status", "queued"}});
        }
        // Under the lock: a line that is added meanwhile must not be lost.
        static_cast<void>(journal_->replace(lines).ok());
    }
}

std::size_t JobTable::count(JobStatus status) const {
    const std::scoped_lock lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(jobs_.begin(), jobs_.end(),
                      [&](const auto& entry) { return entry.second.view.status == status; }));
}

}  // namespace refrain::service
