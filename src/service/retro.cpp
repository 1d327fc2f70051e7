#include "service/retro.h"

#include <chrono>
#include <new>
#include <utility>

#include "service/context.h"

namespace refrain::service {

namespace {

/// Adds an upload to the answers of those items that it shows.
void note_matches(const KeptUpload& upload,
                  FindReport report,
                  const std::set<std::string>& items,
                  std::map<std::string, RetroAnswer>& answers) {
    if (!report.answer) {
        return;
    }
    const std::vector<Match> matches = std::exchange(report.answer->matches, {});
    for (const Match& match : matches) {
        if (!items.contains(match.id) || match.relation != Relation::kCopy) {
            continue;
        }
        RetroAnswer& answer = answers[match.id];
        ++answer.matched;
        report.answer->matches = {match};
        answer.matches.push_back({upload.name, upload.asked_at_us, report});
        if (answer.matches.size() > Retro::kMostMatches) {
            answer.matches.erase(answer.matches.begin());
        }
    }
}

}  // namespace

Retro::Retro(const Corpus& corpus, std::unique_ptr<UploadBook> book, Told told)
    : corpus_(corpus), book_(std::move(book)), told_(std::move(told)) {
    const auto last = corpus_.last_change();
    seen_ = last ? *last : 0;
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Retro::~Retro() = default;

void Retro::keep(const std::string& name, const Fingerprint& query) {
    const auto kept = book_->put({name, now_us(), query});
    if (!kept) {
        const std::scoped_lock lock(mutex_);
        ++lost_;
    }
}

RetroAnswer Retro::answer(const std::string& item) {
    {
        const std::scoped_lock lock(mutex_);
        if (const auto found = answers_.find(item); found != answers_.end()) {
            return found->second;
        }
        if (comparing_.contains(item)) {
            return {};
        }
    }
    queue(item, false);
    changed_.notify_all();
    return {};
}

std::uint64_t Retro::lost() const {
    const std::scoped_lock lock(mutex_);
    return lost_;
}

std::uint64_t Retro::left_out() const {
    const std::scoped_lock lock(mutex_);
    return left_out_;
}

std::uint64_t Retro::failed_rounds() const {
    const std::scoped_lock lock(mutex_);
    return failed_rounds_;
}

void Retro::queue(const std::string& item, bool is_new) {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= kMostWaiting) {
        ++left_out_;
        return;
    }
    waiting_.insert(item);
    if (is_new) {
        new_.insert(item);
    }
}

void Retro::run(const std::stop_token& stop) {
    constexpr std::chrono::seconds kLook{1};
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait_for(lock, stop, kLook, [this] { return !waiting_.empty(); });
        }
        try {
            follow_log();
            compare(stop);
        } catch (const std::bad_alloc&) {
            // What was to be compared still is, and the next round is a second away.
            const std::scoped_lock lock(mutex_);
            ++failed_rounds_;
        }
    }
}

void Retro::follow_log() {
    constexpr std::size_t kAtOnce = 1000;
    for (;;) {
        const auto entries = corpus_.log(seen_, kAtOnce);
        if (!entries || entries->empty()) {
            return;  // an error: later it may be read
        }
        for (const LogEntry& entry : *entries) {
            if (entry.kind == ChangeKind::kAdd) {
                queue(entry.id, true);
            }
        }
        seen_ = entries->back().sequence;
    }
}

void Retro::compare(const std::stop_token& stop) {
    std::set<std::string> items;
    {
        const std::scoped_lock lock(mutex_);
        comparing_.merge(waiting_);
        items = comparing_;
    }
    if (items.empty()) {
        return;
    }
    constexpr int kMostListed = 1000;
    FindOptions options;
    options.max_matches = kMostListed;
    std::map<std::string, RetroAnswer> answers;
    std::uint64_t compared = 0;
    std::uint64_t failed = 0;
    book_->each(now_us(), [&](KeptUpload&& upload) {
        FindReport report;
        report.input = upload.name;
        report.media = upload.query.media;
        report.decode = upload.query.decode;
        report.take(corpus_.find(upload.query, options, stop));
        ++(report.error ? failed : compared);
        note_matches(upload, std::move(report), items, answers);
        return !stop.stop_requested();
    });
    if (stop.stop_requested()) {
        return;
    }
    for (const std::string& item : items) {
        answers[item].is_done = true;
        answers[item].compared = compared;
        answers[item].not_compared = failed;
    }
    publish(std::move(answers));
}

bool Retro::is_to_be_told(const std::string& item) {
    const std::scoped_lock lock(mutex_);
    // One that came again meanwhile is new in the next pass, too.
    return waiting_.contains(item) ? new_.contains(item) : new_.erase(item) > 0;
}

void Retro::publish(std::map<std::string, RetroAnswer> answers) {
    for (const auto& [item, answer] : answers) {
        if (is_to_be_told(item) && answer.matched > 0 && told_) {
            told_(item, answer);
        }
    }
    const std::scoped_lock lock(mutex_);
    comparing_.clear();
    for (auto& [item, answer] : answers) {
        if (!answers_.contains(item)) {
            order_.push_back(item);
        }
        answers_[item] = std::move(answer);
    }
    while (order_.size() > kMostAnswers) {
        answers_.erase(order_.front());
        order_.pop_front();
    }
}

}  // namespace refrain::service
