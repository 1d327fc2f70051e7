#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/result.h"

namespace refrain::audit {

/// One entry: texts by name, in the order in which they are written. No two names are alike, and
/// none is `n`, `at`, `previous` or `hash`.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// How large files of the log grow, and how long they are kept.
struct AuditOptions {
    std::uint64_t file_bytes = 64ULL << 20;
    std::int64_t keep_seconds = 0;  ///< after a file's last entry; 0: for ever
};

/// An append-only log in which each entry holds the digest of the one before: what was changed or
/// cut out in the middle shows. A file is `audit-NUMBER.jsonl`, the number being that of its first
/// entry.
///
/// An entry is handed to the kernel before `append` returns, so that the end of the program loses
/// none; `sync` makes them survive the end of the machine.
///
/// Thread safety: safe to share.
class AuditLog {
  public:
    /// @error kUnreadable, kDiskFull, kCorpusDamaged  the last file ends in what is no entry
    [[nodiscard]] static Result<std::unique_ptr<AuditLog>> open(const std::filesystem::path& folder,
                                                                const AuditOptions& options,
                                                                std::int64_t now_us);
    AuditLog(const AuditLog&) = delete;
    AuditLog& operator=(const AuditLog&) = delete;
    AuditLog(AuditLog&&) = delete;
    AuditLog& operator=(AuditLog&&) = delete;
    ~AuditLog();

    /// @error kDiskFull, kUnreadable: nothing was added
    [[nodiscard]] Result<void> append(const Fields& fields, std::int64_t now_us);
    void sync();

    [[nodiscard]] std::uint64_t entries() const;

  private:
    AuditLog(std::filesystem::path folder, const AuditOptions& options);
    [[nodiscard]] Result<void> start_file();
    void forget_old_files(std::int64_t now_us);

    std::filesystem::path folder_;
    AuditOptions options_;
    mutable std::mutex mutex_;
    int descriptor_ = -1;
    std::uint64_t file_bytes_ = 0;
    std::uint64_t next_ = 1;
    std::string last_hash_;
    bool has_unsynced_ = false;
};

/// What `verify_audit` found.
struct AuditReport {
    std::uint64_t entries = 0;
    std::uint64_t first = 0;  ///< number of the first entry that is kept; 0: none is
    std::string last_hash;    ///< to be kept elsewhere: it shows whether the end was cut off
    std::vector<std::string> problems;  ///< at most kMaxProblems
    static constexpr std::size_t kMaxProblems = 100;
};

/// Reads all entries and checks the chain. @error kUnreadable
[[nodiscard]] Result<AuditReport> verify_audit(const std::filesystem::path& folder);

/// Hands every line on, in order; `visit` returns false to end. @error kUnreadable
[[nodiscard]] Result<void> read_audit(const std::filesystem::path& folder,
                                      const std::function<bool(std::string_view line)>& visit);

}  // namespace refrain::audit
