#include "sandbox/job.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "sandbox/answer_check.h"
#include "sandbox/greeting.h"
#include "sandbox/worker_exchange.h"

namespace refrain::sandbox {

namespace {

// The worker itself looks at the time between two frames and answers kTimeout. It is killed when
// it is so much over.
constexpr MediaTime kGrace = MediaTime::from_seconds(2);
// A worker starts within a tenth of a second; a machine that swaps may take long.
constexpr MediaTime kStartPatience = MediaTime::from_seconds(60);
constexpr MediaTime kLongestWork = MediaTime::from_seconds(10LL * 366 * 86400);
constexpr std::size_t kMostPictureBytes = std::size_t{3} *
                                          static_cast<std::size_t>(kMostPictureSide) *
                                          static_cast<std::size_t>(kMostPictureSide);
// An honest worker tells of its progress some 25 times a second, of a clock that is not ours, and
// when it comes to one of up to 1000 parts.
constexpr std::int64_t kFreeProgress = 2000;
constexpr std::int64_t kProgressPerSecond = 100;
constexpr int kTries = 3;

/// The descriptor for reading only: one that can write would let the worker change the medium.
Result<base::UniqueFd> reopened_for_reading(int descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
        return base::UniqueFd();
    }
    const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
    base::UniqueFd reading(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!reading.is_open()) {
        return Error{ErrorCode::kUnreadable,
                     "cannot open the descriptor once more for reading only"};
    }
    return reading;
}

/// A borrowed worker, which goes back or is ended.
class Lease {
  public:
    Lease(WorkerPool& pool, WorkerProcess worker) : pool_(pool), worker_(std::move(worker)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Lease(Lease&&) = delete;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
        if (is_held_) {
            static_cast<void>(end(std::nullopt));
        }
    }

    [[nodiscard]] WorkerProcess& worker() { return worker_; }

    void give_back() {
        is_held_ = false;
        pool_.give_back(std::move(worker_));
    }

    /// @param why  as of WorkerPool::count_lost. @return how the worker had ended
    std::string end(std::optional<ErrorCode> why) {
        is_held_ = false;
        std::string ending = worker_.end();
        pool_.count_lost(why);
        return ending;
    }

  private:
    WorkerPool& pool_;
    WorkerProcess worker_;
    bool is_held_ = true;
};

/// Reads the greeting where that has not been done. @error as `receive_greeting`, kSandboxMissing
Result<void> greet(WorkerProcess& worker, WorkerExchange& exchange, SandboxNeed need) {
    if (!worker.report) {
        Result<SandboxReport> report = receive_greeting(exchange);
        if (!report) {
            return report.error();
        }
        worker.report = std::move(report).value();
    }
    if (need == SandboxNeed::kAll && !worker.report->is_complete()) {
        return Error{ErrorCode::kSandboxMissing, what_is_missing(*worker.report)};
    }
    return {};
}

/// One medium with one worker.
class Job {
  public:
    Job(WorkerProcess& worker, const Request& request, const RunControl& control)
        : worker_(worker),
          request_(request),
          control_(control),
          exchange_(worker,
                    control.stop,
                    std::min(request.options.limits.max_wall_time, kLongestWork) + kGrace) {}

    /// Reads the greeting where that has not been done, hands the medium over and waits until the
    /// worker has it. After that a death is the medium's doing.
    [[nodiscard]] Result<void> begin(Kind kind, int descriptor, SandboxNeed need) {
        if (worker_.media > 0 && exchange_.has_more()) {
            return dishonest("more than an answer");
        }
        ++worker_.media;
        if (Result<void> greeted = greet(worker_, exchange_, need); !greeted) {
            return greeted;
        }
        if (Result<void> sent = exchange_.send(kind, encode_request(request_), descriptor); !sent) {
            return sent;
        }
        const Result<Message> begun = exchange_.receive(0);
        if (!begun) {
            return begun.error();
        }
        has_begun_ = true;
        return begun->header.kind == Kind::kBegun
                   ? Result<void>()
                   : Result<void>(dishonest("an answer before the question"));
    }

    /// The next message that is not about progress.
    [[nodiscard]] Result<Message> next(std::size_t most_bytes) {
        for (;;) {
            Result<Message> message = exchange_.receive(most_bytes);
            if (!message || message->header.kind != Kind::kProgress) {
                return message;
            }
            if (Result<void> shown = show_progress(*message); !shown) {
                return shown.error();
            }
        }
    }

    [[nodiscard]] bool has_begun() const { return has_begun_; }

  private:
    [[nodiscard]] Result<void> show_progress(const Message& message) {
        const auto seconds =
            std::chrono::duration_cast<std::chrono::seconds>(exchange_.elapsed()).count();
        ++progress_messages_;
        if (!request_.wants_progress || !message.body.empty() ||
            progress_messages_ > kFreeProgress + kProgressPerSecond * seconds) {
            return dishonest("progress without end");
        }
        const auto bounded = [](std::int64_t us) {
            return MediaTime::from_us(std::clamp<std::int64_t>(us, 0, kLongestWork.us));
        };
        const auto [position, duration, part, parts] = message.header.numbers;
        if (part < 0 || part >= parts) {
            return dishonest("progress in a part that is not there");
        }
        control_.progress({bounded(position), bounded(duration), static_cast<std::size_t>(part),
                           static_cast<std::size_t>(parts)});
        return {};
    }

    WorkerProcess& worker_;
    const Request& request_;
    const RunControl& control_;
    WorkerExchange exchange_;
    std::int64_t progress_messages_ = 0;
    bool has_begun_ = false;
};

/// An answer that leaves the worker where it can take the next medium.
template <typename T>
struct Answered {
    Result<T> answer;
};

/// A worker of the pool. @param must_be_fresh  used ones are ended, as many as there are
Result<WorkerProcess> borrow(WorkerPool& pool, bool must_be_fresh, const std::stop_token& stop) {
    for (;;) {
        Result<WorkerProcess> worker = pool.borrow(stop);
        if (!worker || !must_be_fresh || worker->media == 0) {
            return worker;
        }
        static_cast<void>(Lease(pool, std::move(worker).value()).end(std::nullopt));
    }
}

/// Borrows workers until one has begun with the medium, then calls `work`.
///
/// @param work  Result<Answered<T>>(Job&); an error ends the worker
template <typename T, typename Work>
Result<T> with_worker(WorkerPool& pool,
                      Kind kind,
                      int descriptor,
                      const Request& request,
                      const RunControl& control,
                      const Work& work) {
    const Result<base::UniqueFd> reopened = reopened_for_reading(descriptor);
    if (!reopened) {
        return reopened.error();
    }
    const int reading = reopened->is_open() ? reopened->get() : descriptor;
    bool must_be_fresh = false;
    for (int attempt = 1;; ++attempt) {
        Result<WorkerProcess> worker = borrow(pool, must_be_fresh, control.stop);
        if (!worker) {
            return worker.error();
        }
        Lease lease(pool, std::move(worker).value());
        const bool was_fresh = lease.worker().media == 0;
        Job job(lease.worker(), request, control);
        Result<void> begun = job.begin(kind, reading, pool.options().need);
        if (begun) {
            Result<Answered<T>> done = work(job);
            if (done) {
                lease.give_back();
                return std::move(done->answer);
            }
            begun = done.error();
        }
        Error error = begun.error();
        const std::string ending = lease.end(error.code);
        if (error.code != ErrorCode::kDecoderCrashed) {
            return error;
        }
        // What an earlier medium did to a worker, or a death while it was idle, costs no other
        // medium: it is tried with a worker that has seen none.
        if (!was_fresh || (!job.has_begun() && attempt < kTries)) {
            must_be_fresh = true;
            continue;
        }
        error.message += " (" + ending + ")";
        if (!job.has_begun()) {
            error = {ErrorCode::kInternal, "sandbox: no worker starts: " + error.message};
        }
        return error;
    }
}

Result<frame::RgbImage> picture_of(const Message& message) {
    const std::int64_t width = message.header.numbers[1];
    const std::int64_t height = message.header.numbers[2];
    if (width < 1 || height < 1 || width > kMostPictureSide || height > kMostPictureSide ||
        message.body.size() != static_cast<std::size_t>(3 * width * height)) {
        return dishonest(fmt::format("a picture of {}x{}", width, height));
    }
    frame::RgbImage picture{static_cast<int>(width), static_cast<int>(height), {}};
    picture.pixels.resize(message.body.size());
    std::memcpy(picture.pixels.data(), message.body.data(), message.body.size());
    return picture;
}

}  // namespace

Result<FingerprintRun> run_fingerprint(WorkerPool& pool,
                                       int descriptor,
                                       const Request& request,
                                       const RunControl& control) {
    using Answer = Answered<FingerprintRun>;
    return with_worker<FingerprintRun>(
        pool, Kind::kFingerprint, descriptor, request, control, [&](Job& job) -> Result<Answer> {
            const Result<Message> message = job.next(kMostRecordBytes);
            if (!message) {
                return message.error();
            }
            if (message->header.kind == Kind::kError) {
                const Error error = read_error(*message);
                return error.code == ErrorCode::kDecoderCrashed ? Result<Answer>(error)
                                                                : Result<Answer>(Answer{error});
            }
            if (message->header.kind != Kind::kRun) {
                return dishonest("what was not asked for");
            }
            Result<FingerprintRun> run = read_run(*message, request);
            return run ? Result<Answer>(Answer{std::move(run)}) : Result<Answer>(run.error());
        });
}

Result<std::string> run_pictures(WorkerPool& pool,
                                 int descriptor,
                                 const Request& request,
                                 const std::stop_token& stop,
                                 const std::function<void(MediaTime, frame::RgbImage)>& take) {
    using Answer = Answered<std::string>;
    RunControl control;
    control.stop = stop;
    return with_worker<std::string>(
        pool, Kind::kPictures, descriptor, request, control, [&](Job& job) -> Result<Answer> {
            std::set<MediaTime> missing = request.times;
            for (;;) {
                const Result<Message> message = job.next(kMostPictureBytes);
                if (!message) {
                    return message.error();
                }
                if (message->header.kind == Kind::kPicturesEnd) {
                    return Answer{one_line(message->text())};
                }
                const MediaTime time = MediaTime::from_us(message->header.numbers[0]);
                if (message->header.kind != Kind::kPicture || missing.erase(time) == 0) {
                    return dishonest("a picture that was not asked for");
                }
                Result<frame::RgbImage> picture = picture_of(*message);
                if (!picture) {
                    return picture.error();
                }
                take(time, std::move(picture).value());
            }
        });
}

Result<SandboxReport> read_report(WorkerPool& pool) {
    Result<WorkerProcess> worker = pool.borrow({});
    if (!worker) {
        return worker.error();
    }
    Lease lease(pool, std::move(worker).value());
    const Result<void> greeted = [&] {
        WorkerExchange exchange(lease.worker(), {}, kStartPatience);
        return greet(lease.worker(), exchange, SandboxNeed::kWhatThereIs);
    }();
    if (!greeted) {
        return Error{ErrorCode::kInternal,
                     "sandbox: the worker does not start: " + greeted.error().message + " (" +
                         lease.end(greeted.error().code) + ")"};
    }
    SandboxReport report = *lease.worker().report;
    report.worker = pool.options().worker;
    lease.give_back();
    return report;
}

}  // namespace refrain::sandbox
