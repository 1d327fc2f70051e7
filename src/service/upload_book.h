#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "server/spool.h"

namespace refrain::service {

/// A medium that was looked up.
struct KeptUpload {
    std::string name;  ///< as the client calls it
    std::int64_t asked_at_us = 0;
    Fingerprint query;
};

/// How long and how many. Thread safety: a value.
struct UploadLimits {
    std::int64_t keep_us = 0;  ///< older ones are forgotten
    std::uint64_t bytes = 0;   ///< of all together; the oldest go first
};

/// The fingerprints of recent uploads, in files of a folder that only the owner may read. The same
/// bytes are kept once. They outlast the service, but for those of the last moments before a crash.
///
/// Thread safety: safe to share.
class UploadBook {
  public:
    /// Reads what an earlier service kept. @param folder  is made if need be
    /// @error kUnreadable, kDiskFull
    [[nodiscard]] static Result<std::unique_ptr<UploadBook>> open(
        const std::filesystem::path& folder,
        const UploadLimits& limits);

    /// @error kDiskFull, kUnreadable, kTooLarge  it is not kept
    [[nodiscard]] Result<void> put(const KeptUpload& upload);

    /// Visits what is kept, the oldest first, without what has become too old by `now_us`; `visit`
    /// returns false to end. What is put meanwhile may be visited or not.
    /// @return how many were visited
    std::uint64_t each(std::int64_t now_us, const std::function<bool(KeptUpload&&)>& visit);

    [[nodiscard]] std::uint64_t bytes() const;

  private:
    /// A file. It is dropped as a whole.
    struct Segment {
        std::filesystem::path file;
        std::uint64_t bytes = 0;
        std::int64_t newest_us = 0;
        std::set<Sha256> held;
    };

    UploadBook(std::filesystem::path folder, const UploadLimits& limits)
        : folder_(std::move(folder)), limits_(limits) {}
    Result<void> begin_segment();
    void drop_old(std::int64_t now_us);
    [[nodiscard]] bool holds(const Sha256& sha256) const;

    std::filesystem::path folder_;
    UploadLimits limits_;
    mutable std::mutex mutex_;
    std::deque<Segment> segments_;  ///< the oldest first; the last is written
    server::Descriptor descriptor_;
    std::uint64_t next_ = 1;
};

}  // namespace refrain::service
