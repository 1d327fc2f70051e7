#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/json.h"

#include "service/upload_book.h"

namespace refrain::service {

/// An earlier upload that shows an item, and the answer that it would get now.
struct RetroMatch {
    std::string name;
    std::int64_t asked_at_us = 0;
    FindReport report;  ///< of the upload, with the match of that item alone
};

/// What is known of the earlier uploads that an item matches.
struct RetroAnswer {
    bool is_done = false;             ///< else it waits for its turn
    std::uint64_t compared = 0;       ///< uploads that were looked up
    std::uint64_t not_compared = 0;   ///< uploads that could not be, for an error of the corpus
    std::uint64_t matched = 0;        ///< of these
    std::vector<RetroMatch> matches;  ///< the latest of them, at most Retro::kMostMatches
};

/// Tells which recent uploads show an item that came to be known only later: each upload that is
/// kept is looked up anew, and what it finds now is what counts. All items that came meanwhile
/// share one pass over the uploads, which takes a thread and the time of as many look-ups.
///
/// Answers are kept in memory, the latest kMostAnswers. An item without one is asked for anew.
///
/// Thread safety: safe to share.
class Retro {
  public:
    static constexpr std::size_t kMostMatches = 100;
    static constexpr std::size_t kMostAnswers = 10'000;
    /// More items than this wait for no pass: of those that a large list brings, some are left out.
    static constexpr std::size_t kMostWaiting = 100'000;

    /// Called on the thread of the passes for each new item that earlier uploads match.
    using Told = std::function<void(const std::string& item, const RetroAnswer& answer)>;

    /// Follows the log of changes from its end on. @param corpus  borrowed
    Retro(const Corpus& corpus, std::unique_ptr<UploadBook> book, Told told);
    Retro(const Retro&) = delete;
    Retro& operator=(const Retro&) = delete;
    Retro(Retro&&) = delete;
    Retro& operator=(Retro&&) = delete;
    /// Ends the pass that runs.
    ~Retro();

    /// Keeps what was asked. What cannot be kept is counted.
    void keep(const std::string& name, const Fingerprint& query);

    /// What is known; an item that nobody asked for yet is put in the queue.
    [[nodiscard]] RetroAnswer answer(const std::string& item);

    [[nodiscard]] std::uint64_t lost() const;  ///< uploads that could not be kept
    [[nodiscard]] std::uint64_t left_out() const;
    /// Rounds that memory was too short for; what they were to compare, a later one does.
    [[nodiscard]] std::uint64_t failed_rounds() const;
    [[nodiscard]] std::uint64_t bytes() const { return book_->bytes(); }

  private:
    void run(const std::stop_token& stop);
    /// Puts the items that came since the last time in the queue.
    void follow_log();
    void queue(const std::string& item, bool is_new);
    void compare(const std::stop_token& stop);
    /// Whether an item of the pass is new, and was not told of yet.
    [[nodiscard]] bool is_to_be_told(const std::string& item);
    void publish(std::map<std::string, RetroAnswer> answers);

    const Corpus& corpus_;
    std::unique_ptr<UploadBook> book_;
    Told told_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t seen_ = 0;           ///< of the log of changes
    std::set<std::string> waiting_;    ///< items of the next pass
    std::set<std::string> new_;        ///< of these, and of those of this pass, the new ones
    std::set<std::string> comparing_;  ///< items of this pass
    std::map<std::string, RetroAnswer> answers_;
    std::deque<std::string> order_;  ///< of `answers_`, the oldest first
    std::uint64_t lost_ = 0;
    std::uint64_t left_out_ = 0;
    std::uint64_t failed_rounds_ = 0;
    std::jthread thread_;  ///< last: joined first
};

}  // namespace refrain::service
