#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "server/post_client.h"

namespace refrain::service {

/// Where events may be sent and how hard it is tried. Thread safety: a value.
struct WebhookOptions {
    std::vector<std::string> origins;  ///< as server::Url::origin; empty: nowhere
    std::string secret;                ///< what events are signed with
    std::size_t max_waiting = 1000;
    int attempts = 6;                             ///< of one event, >= 1
    std::chrono::milliseconds first_pause{1000};  ///< after a failure; four times longer each time
    std::chrono::milliseconds deadline{10'000};   ///< of one attempt
};

/// What `X-Refrain-Signature` says: `t=SECONDS,v1=HEX`, the HMAC-SHA-256 of `SECONDS.BODY`.
[[nodiscard]] std::string webhook_signature(const std::string& secret,
                                            std::int64_t seconds,
                                            const std::string& body);

/// Tells other programs what happened: a POST to an address whose server the configuration allows.
/// Any answer from 200 to 299 is a success; anything else is tried again after a while, a bounded
/// number of times. What is waiting when the service ends is given up; jobs can be asked instead.
///
/// Thread safety: safe to share.
class Webhooks {
  public:
    /// What became of an event: sent, or given up and why. Called on the sending thread.
    using Done = std::function<void(const std::string& url, const std::string& problem)>;

    Webhooks(WebhookOptions options, Done done);
    Webhooks(const Webhooks&) = delete;
    Webhooks& operator=(const Webhooks&) = delete;
    Webhooks(Webhooks&&) = delete;
    Webhooks& operator=(Webhooks&&) = delete;
    ~Webhooks();

    /// Why nothing may be sent to this address; nothing where it may.
    [[nodiscard]] std::optional<std::string> refusal(const std::string& url) const;

    /// Sends later. @return false: too many are waiting, or the address is none that may be used
    bool send(const std::string& url, std::string body);

    [[nodiscard]] std::size_t waiting() const;

  private:
    struct Event {
        server::Post post;
        std::string url;
        int attempts = 0;
    };
    using Clock = std::chrono::steady_clock;

    void run(const std::stop_token& stop);
    void attempt(Event event, const std::stop_token& stop);

    WebhookOptions options_;
    Done done_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::multimap<Clock::time_point, Event> events_;
    std::jthread thread_;  ///< last: joined first
};

}  // namespace refrain::service
