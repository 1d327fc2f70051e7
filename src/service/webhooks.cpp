#include "service/webhooks.h"

#include <algorithm>
#include <utility>

#include "access/secrets.h"

namespace refrain::service {

std::string webhook_signature(const std::string& secret,
                              std::int64_t seconds,
                              const std::string& body) {
    const std::string time = std::to_string(seconds);
    return "t=" + time + ",v1=" + access::hmac_sha256_hex(secret, time + "." + body);
}

Webhooks::Webhooks(WebhookOptions options, Done done)
    : options_(std::move(options)),
      done_(std::move(done)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Webhooks::~Webhooks() = default;

std::optional<std::string> Webhooks::refusal(const std::string& url) const {
    const auto parsed = server::parse_url(url);
    if (!parsed) {
        return "this is no http or https URL";
    }
    if (std::find(options_.origins.begin(), options_.origins.end(), parsed->origin()) ==
        options_.origins.end()) {
        return "webhook.origins does not name " + parsed->origin();
    }
    return std::nullopt;
}

bool Webhooks::send(const std::string& url, std::string body) {
    if (refusal(url)) {
        return false;
    }
    Event event;
    event.post.url = *server::parse_url(url);
    event.post.body = std::move(body);
    event.post.deadline = options_.deadline;
    event.url = url;
    const std::scoped_lock lock(mutex_);
    if (events_.size() >= options_.max_waiting) {
        return false;
    }
    events_.emplace(Clock::now(), std::move(event));
    changed_.notify_all();
    return true;
}

std::size_t Webhooks::waiting() const {
    const std::scoped_lock lock(mutex_);
    return events_.size();
}

void Webhooks::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (events_.empty()) {
            changed_.wait(lock, stop, [this] { return !events_.empty(); });
            continue;
        }
        const auto due = events_.begin()->first;
        if (Clock::now() < due) {
            // Wakes early where an event comes that is due before.
            changed_.wait_until(lock, stop, due,
                                [&] { return !events_.empty() && events_.begin()->first < due; });
            continue;
        }
        auto node = events_.extract(events_.begin());
        lock.unlock();
        attempt(std::move(node.mapped()), stop);
        lock.lock();
    }
}

void Webhooks::attempt(Event event, const std::stop_token& stop) {
    const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count();
    event.post.headers = {
        {"X-Refrain-Signature", webhook_signature(options_.secret, seconds, event.post.body)}};
    const auto status = server::send_post(event.post, stop);
    if (stop.stop_requested()) {
        return;
    }
    if (status && *status >= 200 && *status < 300) {
        done_(event.url, {});
        return;
    }
    ++event.attempts;
    if (event.attempts >= options_.attempts) {
        done_(event.url, status ? "answered " + std::to_string(*status) : status.error().message);
        return;
    }
    const auto pause = options_.first_pause * (1 << (2 * (event.attempts - 1)));
    const std::scoped_lock lock(mutex_);
    events_.emplace(Clock::now() + pause, std::move(event));
}

}  // namespace refrain::service
