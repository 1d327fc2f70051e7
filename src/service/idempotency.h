#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "server/request.h"
#include "server/response.h"

namespace refrain::service {

/// Answers that were given under an Idempotency-Key: asked again with the same key and body, the
/// same answer is given and nothing is done twice. Kept in memory, a bounded number for a bounded
/// time. Thread safety: safe to share.
class Idempotency {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Idempotency(std::size_t max_answers = 10'000,
                         Clock::duration keep = std::chrono::hours(24));

    /// The answer where the work is done already, is being done, or the key was used for something
    /// else; nothing where the work is to be done, then to be ended with `finish`.
    [[nodiscard]] std::optional<server::Response> begin(const server::Request& request);
    /// Keeps the answer; a failure of the service itself is forgotten, so that it can be tried
    /// again.
    void finish(const server::Request& request, const server::Response& response);

  private:
    struct Entry {
        std::string what;  ///< method, target and digest of the body
        std::optional<server::Response> answer;
        Clock::time_point began;
    };

    [[nodiscard]] static std::string key_of(const server::Request& request);
    void forget_old();

    std::size_t max_answers_;
    Clock::duration keep_;
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;
    std::deque<std::string> order_;
};

}  // namespace refrain::service
