#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace refrain::server {

/// Token buckets, one a client. Knows a bounded number of them: one that has been silent for long
/// enough to be full is forgotten first. Thread safety: safe to share.
class RateLimit {
  public:
    using Clock = std::chrono::steady_clock;

    /// @param per_second  0: no limit
    /// @param burst       requests at once, >= 1
    RateLimit(double per_second, double burst, std::size_t max_clients = 65'536);

    /// Takes one request of a client. @return seconds to wait where it is over the limit
    [[nodiscard]] std::optional<int> take(const std::string& client, Clock::time_point now);
    /// The same with a rate of the client's own.
    [[nodiscard]] std::optional<int> take(const std::string& client,
                                          double per_second,
                                          Clock::time_point now);

  private:
    struct Bucket {
        double tokens = 0;
        Clock::time_point filled;
    };

    void forget_full(Clock::time_point now);

    double per_second_;
    double burst_;
    std::size_t max_clients_;
    std::mutex mutex_;
    std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace refrain::server
