#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/result.h"

namespace refrain::access {

/// A key as it is kept: its secret is not.
struct Key {
    std::string id;
    std::string name;  ///< for people
    std::string role;  ///< one of kRoles
    std::string hash;  ///< SHA-256 of the whole key, hex
    std::int64_t created_s = 0;
    std::int64_t expires_s = 0;  ///< 0: never
    std::int64_t revoked_s = 0;  ///< 0: not
    double requests_per_second = 0;
};

/// What is asked of a new key.
struct NewKey {
    std::string name;
    std::string role;
    std::int64_t expires_s = 0;
    double requests_per_second = 0;
};

/// Why a key is not taken.
enum class KeyRefusal { kUnknown, kExpired, kRevoked };

/// The keys of a service, in one file that others may change while it runs: it is read again when
/// it has changed. A key is `rk_ID_SECRET` with a secret of 256 random bits; for such a secret one
/// round of SHA-256 is as good as many.
///
/// Thread safety: safe to share.
class KeyRing {
  public:
    /// @param file  need not be there: then there are no keys
    explicit KeyRing(std::filesystem::path file);

    /// Makes a key and keeps its hash. @return the key itself, which nothing can show again
    /// @error kInvalidArgument, kUnreadable, kDiskFull
    [[nodiscard]] Result<std::string> create(const NewKey& wanted, std::int64_t now_s);
    /// @error kUnknownId, kUnreadable, kDiskFull
    [[nodiscard]] Result<void> revoke(const std::string& id, std::int64_t now_s);
    /// By time of creation. @error kUnreadable, kCorpusDamaged
    [[nodiscard]] Result<std::vector<Key>> list();

    struct Checked {
        std::optional<Key> key;  ///< none: `refusal` says why
        KeyRefusal refusal = KeyRefusal::kUnknown;
    };
    /// Who holds this key. Compares in constant time. Where the file can no longer be read, what
    /// was read last counts.
    [[nodiscard]] Checked check(std::string_view secret, std::int64_t now_s);

  private:
    /// Reads the file if it has changed. Needs the mutex.
    [[nodiscard]] Result<void> refresh();
    [[nodiscard]] Result<void> write() const;

    std::filesystem::path file_;
    std::mutex mutex_;
    std::map<std::string, Key> keys_;
    std::string seen_;  ///< size, time and number of the file that was read
};

}  // namespace refrain::access
