#include "service/engine.h"

#include <chrono>
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

void fill_from_run(FindReport& report, const FingerprintRun& run) {
    report.media = run.fingerprint.media;
    report.parts = summarize_parts(run.fingerprint);
    report.decode = run.fingerprint.decode;
    report.timing.decode = run.decode_time;
    report.timing.hash = run.hash_time;
}

void take_answer(FindReport& report, Result<FindAnswer> answer) {
    if (answer) {
        report.timing.search = answer->search_time;
        report.answer = std::move(answer).value();
    } else {
        report.error = answer.error();
    }
}

/// A path that opens this descriptor's file, which has no name of its own.
std::string path_of(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

}  // namespace

Engine::Engine(Corpus corpus, FingerprintOptions options, LogSink* log)
    : corpus_(std::move(corpus)),
      options_(std::move(options)),
      log_(log),
      writer_([this](const std::stop_token& stop) { write(stop); }) {}

Engine::~Engine() = default;

Fingerprinter Engine::fingerprinter(Sampling sampling, Views views, Effort effort) const {
    FingerprintOptions options = options_;
    options.sampling = sampling;
    options.views = views;
    options.effort = effort;
    return Fingerprinter(options, log_);
}

FindReport Engine::find(const Upload& upload,
                        const FindOptions& options,
                        const RunControl& control) const {
    const auto began = Clock::now();
    FindReport report;
    report.input = upload.name;
    const auto run = fingerprinter(Sampling::kQuery, Views::kDihedral, options.effort)
                         .fingerprint_descriptor(upload.file->descriptor(), control);
    if (!run) {
        report.error = run.error();
    } else {
        fill_from_run(report, *run);
        take_answer(report, corpus_.find(run->fingerprint, options));
    }
    report.timing.total = elapsed(began);
    return report;
}

FindReport Engine::find(const Fingerprint& query, const FindOptions& options) const {
    const auto began = Clock::now();
    FindReport report;
    take_answer(report, corpus_.find(query, options));
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
    const auto asked = fingerprinter(Sampling::kQuery, Views::kDihedral, options.effort)
                           .fingerprint_descriptor(query.file->descriptor(), control);
    if (!asked) {
        report.error = asked.error();
        return report;
    }
    fill_from_run(report, *asked);
    const auto held = fingerprinter(Sampling::kKnown, Views::kUpright, options.effort)
                          .fingerprint_descriptor(known.file->descriptor(), control);
    if (!held) {
        report.error = Error{held.error().code, "the second file: " + held.error().message};
    } else {
        take_answer(report, refrain::compare(asked->fingerprint, held->fingerprint,
                                             known.name.empty() ? "second" : known.name, options));
    }
    report.timing.total = elapsed(began);
    return report;
}

Result<Fingerprint> Engine::exact_codes(const Upload& upload, const std::stop_token& stop) const {
    RunControl control;
    control.stop = stop;
    auto run = fingerprinter(Sampling::kInterval, Views::kUpright, Effort::kNormal)
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
    const auto digest = fingerprinter(Sampling::kKnown, Views::kUpright, Effort::kNormal)
                            .digest_file(path_of(upload.file->descriptor()), control);
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
    const ItemSummary& item = (*known)->item;
    AddOutcome outcome;
    outcome.status = AddStatus::kExists;
    outcome.id = item.id;
    outcome.record_bytes = item.record_bytes;
    outcome.frames = item.frames;
    outcome.is_searchable = (*known)->is_searchable;
    report.outcome = outcome;
    report.media = item.media;
    report.known = item;
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
    auto run = fingerprinter(Sampling::kKnown, Views::kUpright, Effort::kNormal)
                   .fingerprint_descriptor(upload.file->descriptor(), control);
    if (!run) {
        report.error = run.error();
        done(std::move(report));
        return;
    }
    report.media = run->fingerprint.media;
    report.parts = summarize_parts(run->fingerprint);
    report.decode = run->fingerprint.decode;
    NewItem item;
    item.fingerprint = std::move(run->fingerprint);
    item.name = report.name;
    item.bank = what.bank;
    item.id = what.id;
    item.labels = what.labels;
    item.source = what.source;
    commit(std::move(item), std::move(report), done);
}

void Engine::commit(NewItem item, AddReport report, AddDone done) {
    {
        const std::scoped_lock lock(mutex_);
        waiting_.push_back({std::move(item), std::move(report), std::move(done)});
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
        commit_batch(batch);
        for (Waiting& one : batch) {
            one.done(std::move(one.report));
        }
    }
}

void Engine::commit_batch(std::vector<Waiting>& batch) {
    std::vector<NewItem> items;
    items.reserve(batch.size());
    for (Waiting& one : batch) {
        items.push_back(std::move(one.item));
    }
    auto outcomes = corpus_.add(items);
    if (outcomes) {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            batch[i].report.outcome = std::move((*outcomes)[i]);
        }
        return;
    }
    const ErrorCode code = outcomes.error().code;
    const bool concerns_one = code == ErrorCode::kIdTaken || code == ErrorCode::kInvalidArgument;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!concerns_one || batch.size() == 1) {
            batch[i].report.error = outcomes.error();
            continue;
        }
        auto alone = corpus_.add(std::span(items).subspan(i, 1));
        if (alone) {
            batch[i].report.outcome = std::move(alone->front());
        } else {
            batch[i].report.error = alone.error();
        }
    }
}

Result<ItemSummary> Engine::item(const std::string& id) const {
    const Error unknown{ErrorCode::kUnknownId, "no item has the id " + id};
    if (id.empty()) {
        return unknown;
    }
    // Pages begin after an id: the one before this id is the longest text that is smaller.
    std::string before = id;
    if (before.back() == '\0') {
        before.pop_back();
    } else {
        before.back() = static_cast<char>(before.back() - 1);
        before += "\xFF\xFF\xFF\xFF";
    }
    auto page = corpus_.list(before, 4);
    if (!page) {
        return page.error();
    }
    for (ItemSummary& item : page->items) {
        if (item.id == id) {
            return std::move(item);
        }
    }
    return unknown;
}

}  // namespace refrain::service
