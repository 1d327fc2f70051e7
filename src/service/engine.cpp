#include "service/engine.h"

#include <chrono>
#include <new>
#include <span>
#include <utility>

namespace refrain::service {

namespace {

constexpr std::size_t kBatchItems = 64;

using Clock = std::chrono::steady_clock;

MediaTime elapsed(Clock::time_point began) {
    return MediaTime::from_us(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began).count());
}

}  // namespace

Engine::Engine(Corpus corpus, FingerprintOptions options, LogSink* log)
    : corpus_(std::move(corpus)),
      options_(std::move(options)),
      log_(log),
      writer_([this](const std::stop_token& stop) { write(stop); }) {}

Engine::~Engine() = default;

FindReport Engine::find(const Upload& upload,
                        const FindOptions& options,
                        const RunControl& control) const {
    const auto began = Clock::now();
    FindReport report;
    report.input = upload.name;
    FingerprintOptions asking = options_.for_query(options.effort);
    // What is wrong with the corpus `find` says.
    const Result<bool> has_lists = corpus_.has_hash_lists();
    asking.exact_codes = has_lists && *has_lists;
    const auto run =
        Fingerprinter(asking, log_).fingerprint_descriptor(upload.file->descriptor(), control);
    if (!run) {
        report.error = run.error();
    } else {
        report.take(*run);
        report.take(corpus_.find(run->fingerprint, options, control.stop));
        if (upload_sink_) {
            upload_sink_(upload, run->fingerprint);
        }
    }
    report.timing.total = elapsed(began);
    return report;
}

FindReport Engine::find(const Fingerprint& query,
                        const FindOptions& options,
                        const std::stop_token& stop) const {
    const auto began = Clock::now();
    FindReport report;
    report.take(corpus_.find(query, options, stop));
    report.timing.total = elapsed(began);
    return report;
}

FindReport Engine::compare(const Upload& query,
                           const Upload& known,
                           const FindOptions& options,
                           const std::stop_token& stop) const {
    const auto began = Clock::now();
    FindReport report;
    report.input = query.name;
    RunControl control;
    control.stop = stop;
    const auto asked = Fingerprinter(options_.for_query(options.effort), log_)
                           .fingerprint_descriptor(query.file->descriptor(), control);
    if (!asked) {
        report.error = asked.error();
        return report;
    }
    report.take(*asked);
    const auto held = Fingerprinter(options_.for_known(), log_)
                          .fingerprint_descriptor(known.file->descriptor(), control);
    if (!held) {
        report.error = Error{held.error().code, "the second file: " + held.error().message};
    } else {
        report.take(refrain::compare(asked->fingerprint, held->fingerprint,
                                     known.name.empty() ? "second" : known.name, options));
    }
    report.timing.total = elapsed(began);
    return report;
}

Result<Fingerprint> Engine::exact_codes(const Upload& upload, const std::stop_token& stop) const {
    RunControl control;
    control.stop = stop;
    auto run = Fingerprinter(options_.for_exchange(), log_)
                   .fingerprint_descriptor(upload.file->descriptor(), control);
    if (!run) {
        return run.error();
    }
    return std::move(run->fingerprint);
}

bool Engine::report_if_known(const Upload& upload,
                             const std::string& bank,
                             const std::stop_token& stop,
                             AddReport& report) const {
    RunControl control;
    control.stop = stop;
    const auto digest = Fingerprinter(options_.for_known(), log_)
                            .digest_descriptor(upload.file->descriptor(), control);
    if (!digest) {
        report.error = digest.error();
        return true;
    }
    const auto known = corpus_.find_bytes(bank, digest->sha256);
    if (!known) {
        report.error = known.error();
        return true;
    }
    if (!*known) {
        return false;
    }
    report.take(**known);
    return true;
}

void Engine::add(const Upload& upload,
                 const AddRequest& what,
                 const RunControl& control,
                 const AddDone& done) {
    AddReport report;
    report.input = upload.name;
    report.name = upload.name;
    report.bank = what.bank;
    if (report_if_known(upload, what.bank, control.stop, report)) {
        done(std::move(report));
        return;
    }
    auto run = Fingerprinter(options_.for_known(), log_)
                   .fingerprint_descriptor(upload.file->descriptor(), control);
    if (!run) {
        report.error = run.error();
        done(std::move(report));
        return;
    }
    report.take(run->fingerprint);
    NewItem item;
    item.fingerprint = std::move(run->fingerprint);
    item.name = report.name;
    item.bank = what.bank;
    item.id = what.id;
    item.labels = what.labels;
    item.source = what.source;
    commit(std::move(item), what.author, std::move(report), done);
}

void Engine::commit(NewItem item, Author author, AddReport report, AddDone done) {
    {
        const std::scoped_lock lock(mutex_);
        waiting_.push_back(
            {std::move(item), std::move(author), std::move(report), std::move(done)});
    }
    changed_.notify_all();
}

std::size_t Engine::waiting_commits() const {
    const std::scoped_lock lock(mutex_);
    return waiting_.size();
}

void Engine::write(const std::stop_token& stop) {
    for (;;) {
        std::vector<Waiting> batch;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
            if (waiting_.empty()) {
                return;
            }
            while (!waiting_.empty() && batch.size() < kBatchItems) {
                batch.push_back(std::move(waiting_.front()));
                waiting_.pop_front();
            }
        }
        try {
            commit_batch(batch);
        } catch (const std::bad_alloc&) {
            fail_the_open(batch);
        }
        for (Waiting& one : batch) {
            one.done(std::move(one.report));
        }
    }
}

void Engine::commit_batch(std::vector<Waiting>& batch) {
    // An entry of the log of changes has one author, and so has a commit.
    std::map<std::pair<std::string, std::string>, std::vector<Waiting*>> by_author;
    for (Waiting& one : batch) {
        by_author[{one.author.by, one.author.reason}].push_back(&one);
    }
    for (auto& [author, added] : by_author) {
        commit_as({author.first, author.second}, added);
    }
}

void Engine::fail_the_open(std::span<Waiting> batch) {
    for (Waiting& one : batch) {
        if (!one.report.outcome && !one.report.error) {
            one.report.error = Error{ErrorCode::kInternal,
                                     "memory was too short; what was added all the same is known "
                                     "by its bytes when it is added again"};
        }
    }
}

void Engine::commit_as(const Author& author, std::span<Waiting*> batch) {
    AddOptions options;
    options.author = author;
    std::vector<NewItem> items;
    items.reserve(batch.size());
    for (Waiting* one : batch) {
        items.push_back(std::move(one->item));
    }
    auto outcomes = corpus_.add(items, options);
    if (outcomes) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            batch[i]->report.outcome = std::move((*outcomes)[i]);
        }
        return;
    }
    const ErrorCode code = outcomes.error().code;
    const bool concerns_one = code == ErrorCode::kIdTaken || code == ErrorCode::kInvalidArgument;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!concerns_one || batch.size() == 1) {
            batch[i]->report.error = outcomes.error();
            continue;
        }
        auto alone = corpus_.add(std::span(items).subspan(i, 1), options);
        if (alone) {
            batch[i]->report.outcome = std::move(alone->front());
        } else {
            batch[i]->report.error = alone.error();
        }
    }
}

Result<ItemSummary> Engine::item(const std::string& id) const {
    auto found = corpus_.item(id);
    if (!found) {
        return found.error();
    }
    if (!*found) {
        return Error{ErrorCode::kUnknownId, "no item has the id " + id};
    }
    return std::move(**found);
}

}  // namespace refrain::service
