#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "refrain/hash256.h"
#include "refrain/result.h"

#include "service/hma/pdq_table.h"
#include "service/journal.h"

namespace refrain::service::hma {

/// A bank as HMA knows it.
struct BankRecord {
    std::string name;
    double enabled_ratio = 1;  ///< 0: its content is matched no more
};

/// A piece of content: a number that clients keep, for an item of the corpus. Several may stand for
/// one item.
struct ContentRecord {
    std::int64_t id = 0;
    std::string bank;
    std::string item;                ///< id in the corpus
    std::string signal_type;         ///< `pdq` or `video_md5`
    std::string signal;              ///< hex; empty where it is not known
    std::int64_t disable_until = 1;  ///< 0: for ever; 1: not; else seconds since 1970
    std::string note;
    std::string uri;
    Json metadata;  ///< null, or as it was given

    [[nodiscard]] bool is_enabled(std::int64_t now_s) const {
        return disable_until == 1 || (disable_until > 1 && disable_until <= now_s);
    }
};

/// What HMA's interface remembers beside the corpus, in a journal of its own.
///
/// Thread safety: safe to share.
class Records {
  public:
    /// @error as of Journal::open
    [[nodiscard]] static Result<std::unique_ptr<Records>> open(const std::filesystem::path& file);

    [[nodiscard]] std::vector<BankRecord> banks() const;
    [[nodiscard]] std::optional<BankRecord> bank(const std::string& name) const;
    [[nodiscard]] Result<void> put_bank(const BankRecord& bank);
    [[nodiscard]] Result<void> rename_bank(const std::string& from, const std::string& to);
    [[nodiscard]] Result<void> drop_bank(const std::string& name);

    [[nodiscard]] std::optional<ContentRecord> content(std::int64_t id) const;
    /// Of an item; by number.
    [[nodiscard]] std::vector<ContentRecord> contents_of(const std::string& item) const;
    [[nodiscard]] std::vector<ContentRecord> contents_in(const std::string& bank) const;
    /// Keeps it, under a new number where it has none. @return the number
    [[nodiscard]] Result<std::int64_t> put_content(ContentRecord content);
    [[nodiscard]] Result<void> drop_content(std::int64_t id);
    [[nodiscard]] std::vector<std::pair<std::int64_t, int>> near(const Hash256& code) const;
    /// Content whose signal is this MD5, in hex digits of either case; by number.
    [[nodiscard]] std::vector<std::int64_t> with_md5(const std::string& hex) const;
    [[nodiscard]] std::size_t signals(const std::string& type) const;

    /// Settings of exchanges and the like: JSON by kind and name.
    [[nodiscard]] std::optional<Json> setting(const std::string& kind,
                                              const std::string& name) const;
    [[nodiscard]] std::vector<std::string> settings(const std::string& kind) const;
    /// Null drops it.
    [[nodiscard]] Result<void> put_setting(const std::string& kind,
                                           const std::string& name,
                                           const Json& value);

  private:
    void apply(const Json& line);
    [[nodiscard]] Result<void> write(const Json& line);

    std::unique_ptr<Journal> journal_;
    mutable std::mutex mutex_;
    std::map<std::string, BankRecord> banks_;
    std::map<std::int64_t, ContentRecord> contents_;
    std::multimap<std::string, std::int64_t> by_item_;
    std::multimap<std::string, std::int64_t> by_md5_;  ///< lower case
    std::map<std::string, std::map<std::string, Json>> settings_;
    PdqTable codes_;
    std::int64_t next_ = 1;
};

}  // namespace refrain::service::hma
