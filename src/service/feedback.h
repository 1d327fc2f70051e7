#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "refrain/result.h"

#include "service/journal.h"

namespace refrain::service {

/// What a person said of one match.
struct Feedback {
    std::string item;
    std::string query_sha256;  ///< of the upload, 64 hex digits; empty: not told
    bool is_right = false;     ///< the match shows what is known
    std::string note;
    std::string by;          ///< name of the key
    std::int64_t at_us = 0;  ///< since 1970-01-01 UTC
};

/// What was said of the matches of one item.
struct FeedbackOfItem {
    std::uint64_t right = 0;
    std::uint64_t wrong = 0;
    std::vector<Feedback> latest;  ///< oldest first; at most FeedbackBook::kListed
};

/// All feedback, in a journal beside the corpus. What `add` returned from is on disk.
///
/// Thread safety: safe to share.
class FeedbackBook {
  public:
    static constexpr std::size_t kListed = 100;

    /// @error as of Journal::open
    [[nodiscard]] static Result<std::unique_ptr<FeedbackBook>> open(
        const std::filesystem::path& file);

    /// @error kDiskFull, kUnreadable  nothing was kept
    [[nodiscard]] Result<void> add(const Feedback& feedback);

    [[nodiscard]] FeedbackOfItem of(const std::string& item) const;

  private:
    FeedbackBook() = default;
    void count(const Feedback& feedback);

    std::unique_ptr<Journal> journal_;
    mutable std::mutex mutex_;
    std::map<std::string, FeedbackOfItem> items_;
};

}  // namespace refrain::service
